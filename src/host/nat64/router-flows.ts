/**
 * All that goes through the translator of one router: what floating IPs of IPv4 stand for, what its instances begin
 * (NAT64), and what those begin who reach an instance by a floating IP of IPv6.
 */
import type { Address } from '../../addressing/index.ts';
import { type AddressMapping, ExplicitMapping } from './address-mapping.ts';
import type { FlowEnds, Flows, OutsideEnds, SaidByTcp, TranslatedFlow } from './flows.ts';
import type { RemindedSession } from './nat64-session.ts';
import type { SessionRecord } from './session-record.ts';
import { type SessionLimits, Sessions } from './sessions.ts';
import { type StaticBinding, StaticFlows } from './static-flows.ts';

/** The first octets of an address that all of one link have: whoever is outside has as many addresses as they like. */
const LINK_OCTETS = 8;

export interface RouterAddresses {
  /** IPv4: from which instances reach IPv4. */
  readonly own: Address;
  /** IPv4: from which those of IPv6 reach instances. */
  readonly clients: Address;
}

export class RouterFlows implements Flows {
  readonly #instances: Sessions;
  readonly #clients: Sessions;
  #static = new StaticFlows([]);
  #mappings: readonly AddressMapping[] = [];

  constructor({ own, clients }: RouterAddresses, limits?: SessionLimits) {
    this.#instances = new Sessions({ address: own, ...(limits && { limits }) });
    this.#clients = new Sessions({
      ...{ address: clients, sourceOctets: LINK_OCTETS, isClients: true },
      ...(limits && { limits }),
    });
  }

  /** Sessions that there are. */
  get size(): number {
    return this.#instances.size + this.#clients.size;
  }

  /** How many sessions ended before their time since this was asked: there were too many. */
  takeEvicted(): number {
    const both = [this.#instances, this.#clients];
    const count = both.reduce((sum, { evicted }) => sum + evicted, 0);
    for (const sessions of both) sessions.evicted = 0;
    return count;
  }

  /** From now on these stand for instances, and by these mappings alone anything is reached. */
  follow(bindings: readonly StaticBinding[], mappings: readonly AddressMapping[]): void {
    this.#static = new StaticFlows(bindings);
    this.#mappings = mappings;
    for (const sessions of [this.#instances, this.#clients]) sessions.keep(mappings);
  }

  serves(address: number): boolean {
    return this.#all.some((flows) => flows.serves(address));
  }

  fromInside(
    ends: FlowEnds,
    mapping: AddressMapping,
    said: SaidByTcp | undefined,
    now: number,
  ): TranslatedFlow | undefined {
    if (mapping instanceof ExplicitMapping) return this.#clients.fromInside(ends, mapping, said, now);
    return this.#static.fromInside(ends, mapping) ?? this.#instances.fromInside(ends, mapping, said, now);
  }

  findInside(ends: FlowEnds, mapping: AddressMapping, now: number): TranslatedFlow | undefined {
    if (mapping instanceof ExplicitMapping) return this.#clients.findInside(ends, mapping, now);
    return this.#static.findInside(ends, mapping) ?? this.#instances.findInside(ends, mapping, now);
  }

  fromOutside(ends: OutsideEnds, flags: number, now: number): TranslatedFlow | undefined {
    return this.#all.find((flows) => flows.serves(ends.address))?.fromOutside(ends, flags, now);
  }

  find(ends: OutsideEnds, now: number): TranslatedFlow | undefined {
    return this.#all.find((flows) => flows.serves(ends.address))?.find(ends, now);
  }

  /** What others are to be told of sessions, since this was asked. */
  takeNews(now: number): SessionRecord[] {
    return [...this.#instances.news.take(now), ...this.#clients.news.take(now)];
  }

  /** Whether there is nothing to tell. */
  get hasNoNews(): boolean {
    return this.#instances.news.isEmpty && this.#clients.news.isEmpty;
  }

  /** All sessions that others are to know. */
  *records(now: () => number): Generator<SessionRecord> {
    yield* this.#instances.records(now);
    yield* this.#clients.records(now);
  }

  /** Takes over what another has told of sessions. */
  learn(records: readonly SessionRecord[], now: number): void {
    for (const record of records)
      (record.isClients ? this.#clients : this.#instances).learn(record, this.#mappings, now);
  }

  /** Connections of instances of which nothing was heard since then. */
  quietSince(then: number): Generator<RemindedSession> {
    return this.#instances.quietSince(then);
  }

  /** Ends what is over. */
  sweep(now: number): void {
    for (const sessions of [this.#instances, this.#clients]) sessions.sweep(now);
  }

  get #all(): readonly Flows[] {
    return [this.#static, this.#instances, this.#clients];
  }
}
