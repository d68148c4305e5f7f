/**
 * Who talks to whom through a translator (RFC 6146 section 3): bindings of what is inside to ports of the one address
 * outside, and the sessions of each. They are bounded, in all and by source: whoever opens more loses its own first.
 */

import { randomInt } from 'node:crypto';
import { IP_PROTOCOL } from '../../packets/index.ts';
import type { Embedding } from './embedding.ts';

/** Seconds that a session lives without a packet (RFC 6146 section 4). */
const LIFETIME = { udp: 300, icmp: 60, established: 7_440, transitory: 240 } as const;

/** Flags of TCP. */
const FLAG = { fin: 1, syn: 2, reset: 4 } as const;

export interface SessionLimits {
  /** Sessions in all. */
  readonly total: number;
  /** Of one source. */
  readonly each: number;
}

/** What a packet says of its session, as seen from inside. */
export interface SessionEnds {
  /** Protocol number, that of IPv4. */
  readonly protocol: number;
  /** The IPv6 address inside, as latin1 text of its octets: quick to compare. */
  readonly inside: string;
  /** Port; of ICMP, the identifier. */
  readonly insidePort: number;
  readonly remote: number;
  /** 0 for ICMP. */
  readonly remotePort: number;
}

/** What stands for a port inside, whomever it talks to (section 3.5.1.1: endpoint-independent). */
interface OuterPort {
  readonly inside: string;
  readonly insidePort: number;
  readonly outsidePort: number;
  readonly key: string;
  readonly outsideKey: number;
  sessions: number;
}

export interface Nat64Session {
  readonly ends: SessionEnds;
  readonly binding: OuterPort;
  /** By which the remote end is known inside. */
  readonly embedding: Embedding;
  readonly key: string;
  /** Flags of TCP that were seen from inside and from outside. */
  seenInside: number;
  seenOutside: number;
  /** Seconds on the clock of the table. */
  until: number;
}

const keyOf = ({ protocol, inside, insidePort, remote, remotePort }: SessionEnds): string =>
  `${inside}${protocol},${insidePort},${remote},${remotePort}`;
const outsideKeyOf = (protocol: number, port: number): number => protocol * 0x1_0000 + port;

export class Sessions {
  readonly #limits: SessionLimits;
  readonly #sessions = new Map<string, Nat64Session>();
  readonly #bindings = new Map<string, OuterPort>();
  readonly #byPort = new Map<number, OuterPort>();
  /** Sessions by source, the oldest first. */
  readonly #bySource = new Map<string, Map<string, Nat64Session>>();
  /** Sessions that ended before their time, since there were too many. */
  evicted = 0;

  constructor(limits: SessionLimits = { total: 65_536, each: 4_096 }) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /**
   * The session of a packet from inside, which begins if there is none.
   * @param flags of TCP
   * @returns undefined when there is no port left for it
   */
  fromInside(ends: SessionEnds, embedding: Embedding, flags: number, now: number): Nat64Session | undefined {
    const key = keyOf(ends);
    let session = this.#live(key, now);
    if (session === undefined) {
      this.#makeRoom(ends.inside);
      const binding = this.#bind(ends);
      if (binding === undefined) return undefined;
      binding.sessions++;
      session = { ends, binding, embedding, key, seenInside: 0, seenOutside: 0, until: 0 };
      this.#sessions.set(key, session);
      this.#bySource.getOrInsertComputed(ends.inside, () => new Map()).set(key, session);
    }
    session.seenInside |= flags;
    refresh(session, flags, now);
    return session;
  }

  /** The session of a packet from outside; nobody begins one from there. */
  fromOutside(
    protocol: number,
    port: number,
    remote: number,
    remotePort: number,
    flags: number,
    now: number,
  ): Nat64Session | undefined {
    const session = this.find(protocol, port, remote, remotePort, now);
    if (session === undefined) return undefined;
    session.seenOutside |= flags;
    refresh(session, flags, now);
    return session;
  }

  /** The session that a port outside belongs to, when a message is about it: it lives no longer by that. */
  find(
    protocol: number,
    port: number,
    remote: number,
    remotePort: number,
    now: number,
  ): Nat64Session | undefined {
    const binding = this.#byPort.get(outsideKeyOf(protocol, port));
    if (binding === undefined) return undefined;
    const { inside, insidePort } = binding;
    return this.#live(keyOf({ protocol, inside, insidePort, remote, remotePort }), now);
  }

  /** Likewise by the ends inside and outside. */
  findInside(ends: SessionEnds, now: number): Nat64Session | undefined {
    return this.#live(keyOf(ends), now);
  }

  /** Ends sessions whose time is over. */
  sweep(now: number): void {
    for (const session of this.#sessions.values()) if (session.until <= now) this.#end(session);
  }

  #live(key: string, now: number): Nat64Session | undefined {
    const session = this.#sessions.get(key);
    if (session === undefined || session.until > now) return session;
    this.#end(session);
    return undefined;
  }

  /** A source that has its share gives up its oldest; when all are too many, whoever has most gives up half of them. */
  #makeRoom(source: string): void {
    const { total, each } = this.#limits;
    const own = this.#bySource.get(source);
    if (own !== undefined && own.size >= each) this.#evict(own, 1);
    if (this.#sessions.size < total) return;
    let most: Map<string, Nat64Session> | undefined;
    for (const sessions of this.#bySource.values())
      if (most === undefined || sessions.size > most.size) most = sessions;
    if (most !== undefined) this.#evict(most, Math.ceil(most.size / 2));
  }

  #evict(sessions: Map<string, Nat64Session>, count: number): void {
    let left = count;
    for (const session of sessions.values()) {
      if (left-- === 0) return;
      this.evicted++;
      this.#end(session);
    }
  }

  #bind({ protocol, inside, insidePort }: SessionEnds): OuterPort | undefined {
    const key = `${inside}${protocol},${insidePort}`;
    const known = this.#bindings.get(key);
    if (known !== undefined) return known;
    const outsidePort = this.#freePort(protocol, insidePort);
    if (outsidePort === undefined) return undefined;
    const outsideKey = outsideKeyOf(protocol, outsidePort);
    const binding: OuterPort = { inside, insidePort, outsidePort, key, outsideKey, sessions: 0 };
    this.#bindings.set(key, binding);
    this.#byPort.set(outsideKey, binding);
    return binding;
  }

  /** The same port if it is free, else one of the same range and parity (section 3.5.1.1), at a random place. */
  #freePort(protocol: number, wish: number): number | undefined {
    const isFree = (port: number) => !this.#byPort.has(outsideKeyOf(protocol, port));
    if (isFree(wish)) return wish;
    const isQuery = protocol === IP_PROTOCOL.icmp;
    const [first, end] = isQuery ? [0, 0x1_0000] : wish < 1024 ? [0, 1024] : [1024, 0x1_0000];
    const step = isQuery ? 1 : 2;
    const slots = (end - first) / step;
    const start = randomInt(slots);
    for (let index = 0; index < slots; index++) {
      const port = first + step * ((start + index) % slots) + (isQuery ? 0 : wish & 1);
      if (port !== 0 && isFree(port)) return port;
    }
    return undefined;
  }

  #end(session: Nat64Session): void {
    const { key, binding, ends } = session;
    this.#sessions.delete(key);
    const own = this.#bySource.get(ends.inside);
    own?.delete(key);
    if (own?.size === 0) this.#bySource.delete(ends.inside);
    if (--binding.sessions > 0) return;
    this.#bindings.delete(binding.key);
    this.#byPort.delete(binding.outsideKey);
  }
}

/**
 * How long it lives from now on (section 3.5.2.2). A connection that was established before this translator knew of it, on
 * another host for one, is taken for such from the first packet that says so.
 */
function refresh(session: Nat64Session, flags: number, now: number): void {
  const { protocol } = session.ends;
  if (protocol === IP_PROTOCOL.tcp) {
    const isReset = (flags & FLAG.reset) !== 0;
    const isClosed = (session.seenInside & session.seenOutside & FLAG.fin) !== 0;
    const isAnswered = session.seenOutside !== 0;
    const isOpen = isAnswered && !isReset && !isClosed;
    session.until = now + (isOpen ? LIFETIME.established : LIFETIME.transitory);
  } else session.until = now + (protocol === IP_PROTOCOL.udp ? LIFETIME.udp : LIFETIME.icmp);
}
