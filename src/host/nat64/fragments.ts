/**
 * Which session later fragments belong to: the first alone says ports (RFC 6146 section 3.4). Those that come before it
 * wait for it, a few and not for long. Bounded: nobody's fragments fill the memory.
 */
import type { Nat64Session } from './sessions.ts';

/** Seconds that a packet's fragments may take (section 3.4: at least 2). */
const PATIENCE_SECONDS = 5;
/** Packets whose fragments are known, and fragments that wait, in all. */
const LIMITS = { packets: 1_024, waiting: 64 } as const;

interface Fragmented {
  readonly until: number;
  session: Nat64Session | undefined;
  waiting: Buffer[];
}

export class FragmentTable {
  /** By addresses, protocol and identification; the oldest first. */
  readonly #packets = new Map<string, Fragmented>();
  #waiting = 0;

  /**
   * The first fragment of a packet has told its session.
   * @returns those that came before it
   */
  begin(key: string, session: Nat64Session, now: number): Buffer[] {
    const before = this.#packets.get(key);
    this.#forget(key);
    this.#remember(key, { until: now + PATIENCE_SECONDS, session, waiting: [] });
    return before?.session === undefined && before !== undefined && before.until > now ? before.waiting : [];
  }

  /** The session of a later fragment; undefined when the first did not come yet: it waits. */
  later(key: string, packet: Buffer, now: number): Nat64Session | undefined {
    const known = this.#packets.get(key);
    if (known !== undefined && known.until > now) {
      if (known.session === undefined) this.#wait(known, packet);
      return known.session;
    }
    this.#forget(key);
    const fresh: Fragmented = { until: now + PATIENCE_SECONDS, session: undefined, waiting: [] };
    this.#remember(key, fresh);
    this.#wait(fresh, packet);
    return undefined;
  }

  /** Forgets what took too long. */
  sweep(now: number): void {
    for (const [key, { until }] of this.#packets) {
      if (until > now) return;
      this.#forget(key);
    }
  }

  #wait(packet: Fragmented, fragment: Buffer): void {
    if (this.#waiting >= LIMITS.waiting) return;
    this.#waiting++;
    // The octets are the receiver's.
    packet.waiting.push(Buffer.from(fragment));
  }

  #remember(key: string, packet: Fragmented): void {
    if (this.#packets.size >= LIMITS.packets) {
      const [oldest] = this.#packets.keys();
      if (oldest !== undefined) this.#forget(oldest);
    }
    this.#packets.set(key, packet);
  }

  #forget(key: string): void {
    this.#waiting -= this.#packets.get(key)?.waiting.length ?? 0;
    this.#packets.delete(key);
  }
}
