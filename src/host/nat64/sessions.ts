/**
 * Who talks to whom through a translator (RFC 6146 section 3): bindings of what is inside to ports of the one address
 * outside, and the sessions of each. They are bounded, in all and by source: whoever opens more loses its own first.
 */

import type { Address } from '../../addressing/index.ts';
import type { AddressMapping } from './address-mapping.ts';
import type { FlowEnds, Flows, OutsideEnds, SaidByTcp, TranslatedFlow } from './flows.ts';
import {
  canBeReminded,
  isBegunAnew,
  isProven,
  isWorthTelling,
  keyOfMapping,
  LONGEST_SECONDS,
  type Nat64Session,
  type OuterPort,
  progressAfter,
  type RemindedSession,
  refresh,
} from './nat64-session.ts';
import { OuterPorts } from './outer-ports.ts';
import { LIFE_WITH_OTHERS, SessionNews } from './session-news.ts';
import type { SessionRecord } from './session-record.ts';

/** Of all ports, what sessions may have: some are always free, and soon found. */
const MOST_SESSIONS = 57_344;
/** What a record may take from one host to another. */
const ON_THE_WAY_SECONDS = 1;
/** Part of all sessions that end at once where no source has many: so a flood from many sources costs little each. */
const OLDEST_SHARE = 1 / 64;

export interface SessionLimits {
  /** Sessions in all: no more than leave some ports free. */
  readonly total: number;
  /** Of one source. */
  readonly each: number;
}

const keyOf = ({ protocol, inside, insidePort, remote, remotePort }: FlowEnds): string =>
  `${inside}${protocol},${insidePort},${remote},${remotePort}`;

export interface Nat64SessionOptions {
  /** IPv4: of all that goes out. */
  readonly address: Address;
  readonly limits?: SessionLimits;
  /** The first octets of an address that tell one source from another. */
  readonly sourceOctets?: number;
  /** Whether they are of those who reach instances by a floating IP of IPv6. */
  readonly isClients?: boolean;
}

export class Sessions implements Flows {
  readonly #address: number;
  readonly #limits: SessionLimits;
  readonly #sourceOctets: number;
  readonly #sessions = new Map<string, Nat64Session>();
  readonly #ports: OuterPorts;
  /** Sessions by source, the oldest first. */
  readonly #bySource = new Map<string, Map<string, Nat64Session>>();
  /** Sessions that ended before their time, since there were too many. */
  evicted = 0;
  /** What others are to be told. */
  readonly news: SessionNews;

  constructor({
    address,
    limits = { total: MOST_SESSIONS, each: 4_096 },
    sourceOctets = 16,
    isClients = false,
  }: Nat64SessionOptions) {
    this.news = new SessionNews(isClients);
    this.#address = Number(address.value);
    this.#ports = new OuterPorts(this.#address);
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
    said: SaidByTcp | undefined,
    now: number,
  ): TranslatedFlow | undefined {
    const session = this.#live(keyOf(ends), now) ?? this.#begin(ends, mapping, now);
    if (session === undefined) return undefined;
    const flags = said?.flags ?? 0;
    if (isBegunAnew(session, flags)) session.seenInside = session.seenOutside = 0;
    session.seenInside |= flags;
    session.isContinued ||= session.isAnswered;
    refresh(session, flags, now);
    const progress = said && progressAfter(said);
    if (progress !== undefined) {
      if (progress.sequence !== session.progress?.sequence) this.news.moves(session);
      session.progress = progress;
    }
    this.news.lasts(session);
    return session;
  }

  /** Nobody begins one from there. */
  fromOutside(ends: OutsideEnds, flags: number, now: number): TranslatedFlow | undefined {
    const session = this.#find(ends, now);
    if (session === undefined) return undefined;
    session.seenOutside |= flags;
    session.isAnswered = true;
    refresh(session, flags, now);
    this.news.lasts(session);
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
    for (const session of this.#sessions.values()) if (session.until <= now) this.#end(session, now);
  }

  /** Ends sessions by other mappings than these; whoever else has them does the same. */
  keep(mappings: readonly AddressMapping[]): void {
    for (const session of this.#sessions.values())
      if (!mappings.includes(session.mapping)) this.#forget(session);
  }

  /** All that others are to know when they know nothing yet. */
  *records(now: () => number): Generator<SessionRecord> {
    for (const session of this.#sessions.values())
      if (isWorthTelling(session)) yield this.news.tell(session, now());
  }

  /**
   * Takes over what another has told, where that is newer than what is known here.
   * @param mappings by which anything may be reached
   */
  learn(record: SessionRecord, mappings: readonly AddressMapping[], now: number): void {
    const { protocol, inside, insidePort, remote, remotePort } = record;
    const ends = { protocol, inside, insidePort, remote, remotePort };
    const mapping = mappings.find((one) => keyOfMapping(one) === record.mapping);
    const seen = now - record.idleMs / 1_000;
    const known = this.#live(keyOf(ends), now);
    if (record.leftMs === 0) {
      // Its last packet is what ended it, or one before; some time has passed on the way here.
      if (known !== undefined && known.seen <= seen + ON_THE_WAY_SECONDS) this.#forget(known);
      return;
    }
    if ((known !== undefined && known.seen >= seen) || !mapping?.reaches(remote)) return;
    if (known === undefined) this.#makeRoom(inside.slice(0, this.#sourceOctets), now);
    const binding = this.#bindingFor(record, seen);
    if (binding === undefined) return;
    const session = this.#live(keyOf(ends), now) ?? this.#add(ends, mapping, binding, now);
    binding.seen = Math.max(binding.seen, seen);
    session.seenInside |= record.seenInside;
    session.seenOutside |= record.seenOutside;
    session.isAnswered ||= record.isAnswered;
    session.isContinued ||= record.isContinued;
    session.progress = record.progress ?? session.progress;
    session.seen = seen;
    session.until = now + Math.min(record.leftMs / 1_000, LONGEST_SECONDS * LIFE_WITH_OTHERS);
    session.toldUntil = session.until;
    this.news.forget(session);
  }

  /** Connections of which nothing was heard since then, and that can be reminded of each other. */
  *quietSince(then: number): Generator<RemindedSession> {
    for (const session of this.#sessions.values())
      if (session.seen < then && canBeReminded(session)) yield session;
  }

  #begin(ends: FlowEnds, mapping: AddressMapping, now: number): Nat64Session | undefined {
    this.#makeRoom(ends.inside.slice(0, this.#sourceOctets), now);
    const binding = this.#ports.bind(ends);
    return binding && this.#add(ends, mapping, binding, now);
  }

  #add(ends: FlowEnds, mapping: AddressMapping, binding: OuterPort, now: number): Nat64Session {
    const key = keyOf(ends);
    const source = ends.inside.slice(0, this.#sourceOctets);
    const session = {
      ...{ ends, binding, mapping, key, source, seenInside: 0, seenOutside: 0, seen: now, until: 0 },
      ...{ isAnswered: false, isContinued: false, progress: undefined, toldUntil: undefined },
    };
    binding.sessions++;
    this.#sessions.set(key, session);
    this.#bySource.getOrInsertComputed(source, () => new Map()).set(key, session);
    return session;
  }

  /** What stands for the end inside as a record has it. Of two that contradict each other the newer counts. */
  #bindingFor(
    { protocol, inside, insidePort, outsidePort }: SessionRecord,
    seen: number,
  ): OuterPort | undefined {
    const end = { protocol, inside, insidePort };
    const known = this.#ports.of(end);
    if (known?.outsidePort === outsidePort) return known;
    const taken = this.#ports.at(protocol, outsidePort);
    const contradicted = [known, taken].filter((one) => one !== undefined);
    if (contradicted.some((one) => one.seen >= seen)) return undefined;
    for (const one of contradicted) this.#forgetBinding(one);
    return this.#ports.put(end, outsidePort);
  }

  #forgetBinding(binding: OuterPort): void {
    const own = this.#bySource.get(binding.inside.slice(0, this.#sourceOctets));
    for (const session of own?.values() ?? []) if (session.binding === binding) this.#forget(session);
  }

  #find({ protocol, address, port, remote, remotePort }: OutsideEnds, now: number): Nat64Session | undefined {
    const binding = this.#ports.at(protocol, port);
    if (binding === undefined || address !== this.#address) return undefined;
    const { inside, insidePort } = binding;
    return this.#live(keyOf({ protocol, inside, insidePort, remote, remotePort }), now);
  }

  #live(key: string, now: number): Nat64Session | undefined {
    const session = this.#sessions.get(key);
    if (session === undefined || session.until > now) return session;
    this.#end(session, now);
    return undefined;
  }

  /** A source that has its share gives up its oldest; when all are too many, whoever has most gives up half of them. */
  #makeRoom(source: string, now: number): void {
    const { total, each } = this.#limits;
    const own = this.#bySource.get(source);
    if (own !== undefined && own.size >= each) this.#evict(own.values(), 1, now);
    if (this.#sessions.size < total) return;
    let most: Map<string, Nat64Session> | undefined;
    for (const sessions of this.#bySource.values())
      if (most === undefined || sessions.size > most.size) most = sessions;
    const share = Math.ceil(total * OLDEST_SHARE);
    if (most !== undefined && most.size / 2 >= share)
      this.#evict(most.values(), Math.ceil(most.size / 2), now);
    else this.#evictOldest(share, now);
  }

  /** Nobody has many: those go first of whom nobody has said that they really are there. */
  #evictOldest(count: number, now: number): void {
    const before = this.#sessions.size;
    this.#evict(
      this.#sessions.values().filter((session) => !isProven(session)),
      count,
      now,
    );
    this.#evict(this.#sessions.values(), count - (before - this.#sessions.size), now);
  }

  #evict(sessions: Iterable<Nat64Session>, count: number, now: number): void {
    let left = count;
    for (const session of sessions) {
      if (left-- <= 0) return;
      this.evicted++;
      this.#end(session, now);
    }
  }

  #end(session: Nat64Session, now: number): void {
    this.news.ended(session, now);
    this.#forget(session);
  }

  /** Ends it, and tells nobody. */
  #forget(session: Nat64Session): void {
    const { key, binding, source } = session;
    this.news.forget(session);
    this.#sessions.delete(key);
    const own = this.#bySource.get(source);
    own?.delete(key);
    if (own?.size === 0) this.#bySource.delete(source);
    if (--binding.sessions === 0) this.#ports.release(binding);
  }
}
