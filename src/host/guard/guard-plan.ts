/** Which rules of the guard change when ports are plugged in and out, and when facts change. Does no I/O. */
import { isDeepStrictEqual } from 'node:util';
import type { Rules } from '../../openflow/index.ts';
import type { Wiring } from '../../switch/index.ts';
import type { Facts, FactsChange } from '../facts/index.ts';
import { sharedRules } from './message-rules.ts';
import { networkRules, ownerRules, type TakenAddress } from './owner-rules.ts';
import { portRules } from './port-rules.ts';

/** Rules by name; undefined for those that are gone. */
export type RulesChange = Map<string, Rules | undefined>;

/**
 * The guard's rules for a host. Those of a port are there while it is plugged in and its facts are known; those of
 * addresses while a port of their network is. What a change costs does not grow with the number of ports.
 */
export class GuardPlan {
  readonly #facts: Facts;
  /** The ports that have rules, and their networks. */
  readonly #guarded = new Map<string, { wiring: Wiring; network: string }>();
  /** The networks of these, each with the ports that have addresses there. */
  readonly #networks = new Map<string, { guarded: Set<string>; owners: Set<string> }>();
  /** By port. */
  readonly #networkOfOwner = new Map<string, string>();
  readonly #changedPorts = new Set<string>();
  readonly #changedNetworks = new Set<string>();
  #begun = false;

  readonly #taken: (portId: string) => readonly TakenAddress[];

  /** @param taken what the instances of ports here took; `note` is told when that changes */
  constructor(facts: Facts, taken: (portId: string) => readonly TakenAddress[]) {
    this.#facts = facts;
    this.#taken = taken;
  }

  /** Whether a port has rules. */
  guards(portId: string): boolean {
    return this.#guarded.has(portId);
  }

  /** Remembers which facts have changed. */
  note({ ports, networks }: Pick<FactsChange, 'ports' | 'networks'>): void {
    for (const id of ports) this.#changedPorts.add(id);
    for (const id of networks) this.#changedNetworks.add(id);
  }

  /**
   * What changes with all that was noted.
   * @param plugged the ports that are plugged in
   */
  update(plugged: ReadonlyMap<string, Wiring>): RulesChange {
    const changes: RulesChange = new Map();
    if (!this.#begun) changes.set('shared', sharedRules());
    this.#begun = true;
    const ports = new Set(this.#changedPorts);
    for (const network of this.#changedNetworks) {
      for (const { id } of this.#facts.portsOn(network)) ports.add(id);
      for (const id of this.#networks.get(network)?.owners ?? []) ports.add(id);
    }
    for (const [id, wiring] of plugged) if (!isSame(this.#guarded.get(id)?.wiring, wiring)) ports.add(id);
    for (const id of this.#guarded.keys()) if (!plugged.has(id)) ports.add(id);

    const networks = new Set(this.#changedNetworks);
    for (const id of ports) this.#updatePort(id, plugged.get(id), networks, changes);
    for (const network of networks) for (const id of this.#updateNetwork(network, changes)) ports.add(id);
    for (const id of ports) this.#updateOwner(id, changes);
    this.#changedPorts.clear();
    this.#changedNetworks.clear();
    return changes;
  }

  /** Rules of a port. Adds the networks that it comes to or leaves to `networks`. */
  #updatePort(id: string, wiring: Wiring | undefined, networks: Set<string>, changes: RulesChange): void {
    const before = this.#guarded.get(id);
    const facts = this.#facts.port(id);
    const network = this.#facts.networkOfPort(id)?.id;
    const after =
      wiring && facts && network !== undefined && !facts.isRouterPort ? { wiring, network } : undefined;
    if (before !== undefined) this.#networks.get(before.network)?.guarded.delete(id);
    if (before !== undefined && before.network !== after?.network) networks.add(before.network);
    if (after === undefined) {
      this.#guarded.delete(id);
      if (before !== undefined) changes.set(`port ${id}`, undefined);
      return;
    }
    this.#guarded.set(id, after);
    const there = this.#networks.get(after.network);
    if (there === undefined) this.#networks.set(after.network, { guarded: new Set([id]), owners: new Set() });
    else there.guarded.add(id);
    if (before?.network !== after.network) networks.add(after.network);
    changes.set(`port ${id}`, portRules(facts!, after.wiring, this.#facts.networkOfPort(id)!));
  }

  /** Rules of a network's own addresses. Returns the ports whose addresses are to be looked at because of it. */
  #updateNetwork(id: string, changes: RulesChange): Iterable<string> {
    const known = this.#networks.get(id);
    if (known === undefined) return [];
    const facts = this.#facts.network(id);
    if (known.guarded.size > 0 && facts !== undefined) {
      changes.set(`network ${id}`, networkRules(facts));
      const unseen = Array.from(this.#facts.portsOn(id), (port) => port.id).filter(
        (port) => !known.owners.has(port),
      );
      return unseen;
    }
    this.#networks.delete(id);
    changes.set(`network ${id}`, undefined);
    return known.owners;
  }

  /** Rules of the addresses that a port has, on a network that has guarded ports. */
  #updateOwner(id: string, changes: RulesChange): void {
    const before = this.#networkOfOwner.get(id);
    const facts = this.#facts.port(id);
    const network = this.#facts.networkOfPort(id)?.id;
    const there = network === undefined ? undefined : this.#networks.get(network);
    if (before !== undefined) this.#networks.get(before)?.owners.delete(id);
    if (facts !== undefined && network !== undefined && there !== undefined) {
      there.owners.add(id);
      this.#networkOfOwner.set(id, network);
      changes.set(`owner ${id}`, ownerRules(facts, this.#taken(id), network, this.#guarded.get(id)?.wiring));
    } else if (before !== undefined) {
      this.#networkOfOwner.delete(id);
      changes.set(`owner ${id}`, undefined);
    }
  }
}

const isSame = (one: Wiring | undefined, other: Wiring): boolean => isDeepStrictEqual(one, other);
