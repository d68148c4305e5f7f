/**
 * Which flow later fragments belong to: the first alone says ports (RFC 6146 section 3.4). Those that come before it
 * wait for it, a few and not for long. Bounded: nobody's fragments fill the memory.
 */
import type { TranslatedFlow } from './flows.ts';

/** Seconds that a packet's fragments may take (section 3.4: at least 2). */
const PATIENCE_SECONDS = 5;
/** Packets whose fragments are known, and fragments that wait, in all. */
const LIMITS = { packets: 1_024, waiting: 64 } as const;

interface Fragmented {
  readonly until: number;
  flow: TranslatedFlow | undefined;
  waiting: Buffer[];
}

export class FragmentTable {
  /** By addresses, protocol and identification; the oldest first. */
  readonly #packets = new Map<string, Fragmented>();
  #waiting = 0;

  /**
   * The first fragment of a packet has told its flow.
   * @returns those that came before it
   */
  begin(key: string, flow: TranslatedFlow, now: number): Buffer[] {
    const before = this.#packets.get(key);
    this.#forget(key);
    this.#remember(key, { until: now + PATIENCE_SECONDS, flow, waiting: [] });
    return before?.flow === undefined && before !== undefined && before.until > now ? before.waiting : [];
  }

  /** The flow of a later fragment; undefined when the first did not come yet: it waits. */
  later(key: string, packet: Buffer, now: number): TranslatedFlow | undefined {
    const known = this.#packets.get(key);
    if (known !== undefined && known.until > now) {
      if (known.flow === undefined) this.#wait(known, packet);
      return known.flow;
    }
    this.#forget(key);
    const fresh: Fragmented = { until: now + PATIENCE_SECONDS, flow: undefined, waiting: [] };
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
