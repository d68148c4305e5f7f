/**
 * Who talks to whom through a translator (RFC 6146 section 3): bindings of what is inside to ports of the one address
 * outside, and the sessions of each. They are bounded, in all and by source: whoever opens more loses its own first.
 */

import { randomInt } from 'node:crypto';
import type { Address } from '../../addressing/index.ts';
import { IP_PROTOCOL } from '../../packets/index.ts';
import type { AddressMapping } from './address-mapping.ts';
import type { FlowEnds, Flows, OutsideEnds, TranslatedFlow } from './flows.ts';

/** Seconds that a session lives without a packet (RFC 6146 section 4). */
const LIFETIME = { udp: 300, icmp: 60, established: 7_440, transitory: 240 } as const;

/** Flags of TCP. */
const FLAG = { fin: 1, syn: 2, reset: 4, acknowledges: 16 } as const;
/** Of all ports, what sessions may have: some are always free, and soon found. */
const MOST_SESSIONS = 57_344;
/** Random places that are looked at for a free port, of the same parity and of any. */
const [LIKE_PLACES, ANY_PLACES] = [32, 256];
/** From here on ports are anybody's. */
const FIRST_HIGH = 1_024;
const ALL_PORTS = 0x1_0000;
/** Part of all sessions that end at once where no source has many: so a flood from many sources costs little each. */
const OLDEST_SHARE = 1 / 64;

export interface SessionLimits {
  /** Sessions in all: no more than leave some ports free. */
  readonly total: number;
  /** Of one source. */
  readonly each: number;
}

/** What stands for a port inside, whomever it talks to (section 3.5.1.1: endpoint-independent). */
interface OuterPort {
  readonly inside: string;
  readonly insidePort: number;
  readonly outsidePort: number;
  readonly address: number;
  readonly key: string;
  readonly outsideKey: number;
  sessions: number;
}

interface Nat64Session extends TranslatedFlow {
  readonly binding: OuterPort;
  readonly key: string;
  readonly source: string;
  /** Flags of TCP that were seen from inside and from outside. */
  seenInside: number;
  seenOutside: number;
  /** Whether there was an answer, and whether that was followed by something from inside. */
  isAnswered: boolean;
  isContinued: boolean;
  /** Seconds on the clock of the table. */
  until: number;
}

const keyOf = ({ protocol, inside, insidePort, remote, remotePort }: FlowEnds): string =>
  `${inside}${protocol},${insidePort},${remote},${remotePort}`;
const outsideKeyOf = (protocol: number, port: number): number => protocol * 0x1_0000 + port;

export interface Nat64SessionOptions {
  /** IPv4: of all that goes out. */
  readonly address: Address;
  readonly limits?: SessionLimits;
  /** The first octets of an address that tell one source from another. */
  readonly sourceOctets?: number;
}

export class Sessions implements Flows {
  readonly #address: number;
  readonly #limits: SessionLimits;
  readonly #sourceOctets: number;
  readonly #sessions = new Map<string, Nat64Session>();
  readonly #bindings = new Map<string, OuterPort>();
  readonly #byPort = new Map<number, OuterPort>();
  /** Sessions by source, the oldest first. */
  readonly #bySource = new Map<string, Map<string, Nat64Session>>();
  /** Sessions that ended before their time, since there were too many. */
  evicted = 0;

  constructor({
    address,
    limits = { total: MOST_SESSIONS, each: 4_096 },
    sourceOctets = 16,
  }: Nat64SessionOptions) {
    this.#address = Number(address.value);
    this.#limits = { ...limits, total: Math.min(limits.total, MOST_SESSIONS) };
    this.#sourceOctets = sourceOctets;
  }

  get size(): number {
    return this.#sessions.size;
  }

  serves(address: number): boolean {
    return address === this.#address;
  }

  fromInside(
    ends: FlowEnds,
    mapping: AddressMapping,
    flags: number,
    now: number,
  ): TranslatedFlow | undefined {
    const key = keyOf(ends);
    let session = this.#live(key, now);
    if (session === undefined) {
      const source = ends.inside.slice(0, this.#sourceOctets);
      this.#makeRoom(source);
      const binding = this.#bind(ends);
      if (binding === undefined) return undefined;
      binding.sessions++;
      session = {
        ...{ ends, binding, mapping, key, source, seenInside: 0, seenOutside: 0, until: 0 },
        ...{ isAnswered: false, isContinued: false },
      };
      this.#sessions.set(key, session);
      this.#bySource.getOrInsertComputed(source, () => new Map()).set(key, session);
    }
    session.seenInside |= flags;
    session.isContinued ||= session.isAnswered;
    refresh(session, flags, now);
    return session;
  }

  /** Nobody begins one from there. */
  fromOutside(ends: OutsideEnds, flags: number, now: number): TranslatedFlow | undefined {
    const session = this.#find(ends, now);
    if (session === undefined) return undefined;
    session.seenOutside |= flags;
    session.isAnswered = true;
    refresh(session, flags, now);
    return session;
  }

  find(ends: OutsideEnds, now: number): TranslatedFlow | undefined {
    return this.#find(ends, now);
  }

  findInside(ends: FlowEnds, _mapping: AddressMapping, now: number): TranslatedFlow | undefined {
    return this.#live(keyOf(ends), now);
  }

  /** Ends sessions whose time is over. */
  sweep(now: number): void {
    for (const session of this.#sessions.values()) if (session.until <= now) this.#end(session);
  }

  /** Ends sessions by other mappings than these. */
  keep(mappings: readonly AddressMapping[]): void {
    for (const session of this.#sessions.values())
      if (!mappings.includes(session.mapping)) this.#end(session);
  }

  #find({ protocol, address, port, remote, remotePort }: OutsideEnds, now: number): Nat64Session | undefined {
    const binding = this.#byPort.get(outsideKeyOf(protocol, port));
    if (binding === undefined || address !== this.#address) return undefined;
    const { inside, insidePort } = binding;
    return this.#live(keyOf({ protocol, inside, insidePort, remote, remotePort }), now);
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
    if (own !== undefined && own.size >= each) this.#evict(own.values(), 1);
    if (this.#sessions.size < total) return;
    let most: Map<string, Nat64Session> | undefined;
    for (const sessions of this.#bySource.values())
      if (most === undefined || sessions.size > most.size) most = sessions;
    const share = Math.ceil(total * OLDEST_SHARE);
    if (most !== undefined && most.size / 2 >= share) this.#evict(most.values(), Math.ceil(most.size / 2));
    else this.#evictOldest(share);
  }

  /** Nobody has many: those go first of whom nobody has said that they really are there. */
  #evictOldest(count: number): void {
    const before = this.#sessions.size;
    this.#evict(
      this.#sessions.values().filter((session) => !isProven(session)),
      count,
    );
    this.#evict(this.#sessions.values(), count - (before - this.#sessions.size));
  }

  #evict(sessions: Iterable<Nat64Session>, count: number): void {
    let left = count;
    for (const session of sessions) {
      if (left-- <= 0) return;
      this.evicted++;
      this.#end(session);
    }
  }

  #bind({ protocol, inside, insidePort }: FlowEnds): OuterPort | undefined {
    const key = `${inside}${protocol},${insidePort}`;
    const known = this.#bindings.get(key);
    if (known !== undefined) return known;
    const outsidePort = this.#freePort(protocol, insidePort);
    if (outsidePort === undefined) return undefined;
    const outsideKey = outsideKeyOf(protocol, outsidePort);
    const own = { inside, insidePort, outsidePort, address: this.#address };
    const binding: OuterPort = { ...own, key, outsideKey, sessions: 0 };
    this.#bindings.set(key, binding);
    this.#byPort.set(outsideKey, binding);
    return binding;
  }

  /**
   * The same port if it is free, else one at a random place: of the same range and parity, if one is found soon (section
   * 3.5.1.1), as whoever is inside chooses which of these are taken.
   */
  #freePort(protocol: number, wish: number): number | undefined {
    const isFree = (port: number) => port !== 0 && !this.#byPort.has(outsideKeyOf(protocol, port));
    const lookAt = (places: number, choose: () => number): number | undefined => {
      for (let place = 0; place < places; place++) {
        const port = choose();
        if (isFree(port)) return port;
      }
      return undefined;
    };
    if (isFree(wish)) return wish;
    if (protocol === IP_PROTOCOL.icmp) return lookAt(ANY_PLACES, () => randomInt(ALL_PORTS));
    const [first, end] = wish < FIRST_HIGH ? [0, FIRST_HIGH] : [FIRST_HIGH, ALL_PORTS];
    return (
      lookAt(LIKE_PLACES, () => (randomInt(first, end) & ~1) | (wish & 1)) ??
      lookAt(ANY_PLACES, () => randomInt(FIRST_HIGH, ALL_PORTS))
    );
  }

  #end(session: Nat64Session): void {
    const { key, binding, source } = session;
    this.#sessions.delete(key);
    const own = this.#bySource.get(source);
    own?.delete(key);
    if (own?.size === 0) this.#bySource.delete(source);
    if (--binding.sessions > 0) return;
    this.#bindings.delete(binding.key);
    this.#byPort.delete(binding.outsideKey);
  }
}

/** One whose end inside was answered, and went on after that; with TCP it has acknowledged it. It is no forged source. */
const isProven = ({ ends, seenInside, seenOutside, isContinued }: Nat64Session): boolean =>
  ends.protocol === IP_PROTOCOL.tcp
    ? (seenInside & FLAG.acknowledges) !== 0 && seenOutside !== 0 && (seenOutside & FLAG.reset) === 0
    : isContinued;

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
