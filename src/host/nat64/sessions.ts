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
/** Part of all sessions that end at once where no source has many: so a flood from many sources costs little each. */
const OLDEST_SHARE = 1 / 64;

export interface SessionLimits {
  /** Sessions in all. */
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

  constructor({ address, limits = { total: 65_536, each: 4_096 }, sourceOctets = 16 }: Nat64SessionOptions) {
    this.#address = Number(address.value);
    this.#limits = limits;
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
      session = { ends, binding, mapping, key, source, seenInside: 0, seenOutside: 0, until: 0 };
      this.#sessions.set(key, session);
      this.#bySource.getOrInsertComputed(source, () => new Map()).set(key, session);
    }
    session.seenInside |= flags;
    refresh(session, flags, now);
    return session;
  }

  /** Nobody begins one from there. */
  fromOutside(ends: OutsideEnds, flags: number, now: number): TranslatedFlow | undefined {
    const session = this.#find(ends, now);
    if (session === undefined) return undefined;
    session.seenOutside |= flags;
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

/** A TCP connection whose end inside was answered, and has acknowledged that: it is no forged source. */
const isProven = ({ ends, seenInside, seenOutside }: Nat64Session): boolean =>
  ends.protocol === IP_PROTOCOL.tcp &&
  (seenInside & FLAG.acknowledges) !== 0 &&
  seenOutside !== 0 &&
  (seenOutside & FLAG.reset) === 0;

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
