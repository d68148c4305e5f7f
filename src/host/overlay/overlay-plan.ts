/** Which rules of the bridge for overlays have changed. */
import type { Address } from '../../addressing/index.ts';
import type { OverlayFacts } from '../../host-contract/index.ts';
import type { Learned, Rules } from '../../openflow/index.ts';
import type { TunnelKind } from '../../switch/index.ts';
import type { Facts, Places } from '../facts/index.ts';
import { learnedOf, type OverlayNetwork, rulesOfHost, rulesOfNetwork, rulesOfPort } from './overlay-rules.ts';

/** What the switch has for overlays. */
export interface OverlayBridge {
  /** This host's own name. */
  readonly host: string;
  /** Where its tunnels end. */
  readonly end: Address;
  /** OpenFlow numbers of the ports of tunnels; empty when there is nobody to reach. */
  readonly tunnels: ReadonlyMap<TunnelKind, number>;
  /** OpenFlow numbers of networks' patch ports. */
  readonly patches: ReadonlyMap<string, number>;
}

/** What is to be told to the bridge. */
export interface OverlayChanges {
  readonly rules: Map<string, Rules | undefined>;
  readonly forget: Learned[];
}

/** What the bridge has of a network. */
interface Kept {
  readonly network: OverlayNetwork;
  /** Other hosts' ends, as texts, to which it is flooded. */
  readonly ends: ReadonlySet<string>;
  /** Ports that have rules. */
  readonly ports: Set<string>;
}

export class OverlayPlan {
  readonly #facts: Facts;
  readonly #places: Places;
  readonly #kept = new Map<string, Kept>();
  /** Ends of the tunnels of the other hosts, by host. */
  #others = new Map<string, Address>();
  #bridge: OverlayBridge | undefined;
  /** Networks to be looked at as a whole. */
  #networks = new Set<string>();
  /** Ports to be looked at, by network. */
  #ports = new Map<string, Set<string>>();
  #hostsChanged = true;

  constructor(facts: Facts, places: Places) {
    this.#facts = facts;
    this.#places = places;
  }

  /** Takes note of what is to be looked at when rules are next asked for. */
  note(change: {
    readonly networks?: ReadonlySet<string>;
    readonly portsOf?: ReadonlyMap<string, ReadonlySet<string>>;
    readonly hosts?: boolean;
  }): void {
    for (const id of change.networks ?? []) this.#networks.add(id);
    for (const [network, ports] of change.portsOf ?? []) {
      const noted = this.#ports.getOrInsertComputed(network, () => new Set());
      for (const port of ports) noted.add(port);
    }
    if (change.hosts) this.#hostsChanged = true;
  }

  /** What has changed since this was last asked. */
  update(bridge: OverlayBridge): OverlayChanges {
    const changes: OverlayChanges = { rules: new Map(), forget: [] };
    if (this.#followHosts(bridge, changes)) for (const id of this.#kept.keys()) this.#networks.add(id);
    for (const id of this.#kept.keys()) if (!bridge.patches.has(id)) this.#drop(id, changes);
    for (const [id, patch] of bridge.patches) {
      const ports = this.#ports.get(id);
      const kept = this.#kept.get(id);
      if (kept === undefined || kept.network.patch !== patch || this.#networks.has(id)) {
        this.#lookAtNetwork(id, patch, bridge, changes);
      } else if (ports !== undefined) this.#lookAtPorts(id, ports, kept, bridge, changes);
    }
    this.#networks = new Set();
    this.#ports = new Map();
    this.#bridge = bridge;
    return changes;
  }

  /** @returns whether networks are to be looked at for it */
  #followHosts(bridge: OverlayBridge, { rules }: OverlayChanges): boolean {
    const isSame = this.#bridge !== undefined && hasSameTunnels(this.#bridge, bridge);
    if (isSame && !this.#hostsChanged) return false;
    this.#hostsChanged = false;
    const others = othersOf(this.#places, bridge);
    const before = this.#others;
    this.#others = others;
    for (const host of before.keys()) if (!others.has(host)) rules.set(`host ${host}`, undefined);
    for (const [host, end] of others) rules.set(`host ${host}`, rulesOfHost(bridge.tunnels, end));
    return !isSame || !haveSameEnds(before, others);
  }

  #lookAtNetwork(id: string, patch: number, bridge: OverlayBridge, changes: OverlayChanges): void {
    const overlay = this.#facts.network(id)?.overlay;
    const before = this.#kept.get(id);
    if (before !== undefined && !hasSameKey(before.network, overlay)) this.#drop(id, changes);
    if (!overlay) return;
    const ports = new Set(before?.ports);
    for (const port of this.#facts.portsOn(id)) ports.add(port.id);
    const network = { ...overlay, patch, tunnel: bridge.tunnels.get(overlay.kind) };
    const kept = { network, ends: before?.ends ?? new Set<string>(), ports: new Set<string>() };
    this.#lookAtPorts(id, ports, kept, bridge, changes);
  }

  #lookAtPorts(
    id: string,
    ports: ReadonlySet<string>,
    kept: Kept,
    bridge: OverlayBridge,
    { rules, forget }: OverlayChanges,
  ): void {
    const { network } = kept;
    for (const port of ports) {
      const facts = this.#facts.port(port);
      if (facts) kept.ports.add(port);
      else kept.ports.delete(port);
      rules.set(`port ${port}`, facts && rulesOfPort(network, facts.mac, this.#endOf(port)));
    }
    const others = new Map<string, Address>();
    for (const port of this.#facts.portsOn(id)) {
      const end = this.#endOf(port.id);
      if (end) others.set(end.toString(), end);
    }
    const ends = new Set(others.keys());
    // What was learned there may be elsewhere now.
    if (!kept.ends.isSubsetOf(ends)) forget.push(learnedOf(network));
    this.#kept.set(id, { ...kept, ends });
    rules.set(`network ${id}`, rulesOfNetwork(network, [...others.values()], bridge.end.family));
  }

  /** Where tunnels to the host of a port end; undefined when it is here, nowhere, or cannot be reached. */
  #endOf(portId: string): Address | undefined {
    const host = this.#places.hostOf(portId);
    return host === undefined ? undefined : this.#others.get(host);
  }

  #drop(id: string, { rules, forget }: OverlayChanges): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    for (const port of kept.ports) rules.set(`port ${port}`, undefined);
    rules.set(`network ${id}`, undefined);
    forget.push(learnedOf(kept.network));
    this.#kept.delete(id);
  }
}

/** Where the tunnels of the other hosts end that can be reached from here: one that is alone has a loopback address. */
export function othersOf(
  places: Pick<Places, 'hosts'>,
  { host: self, end: own }: Pick<OverlayBridge, 'host' | 'end'>,
): Map<string, Address> {
  const others = new Map<string, Address>();
  if (own.isLoopback) return others;
  for (const [host, ends] of places.hosts()) {
    const end = ends.find((address) => address.family === own.family && !address.isLoopback);
    if (host !== self && end !== undefined) others.set(host, end);
  }
  return others;
}

const hasSameTunnels = (one: OverlayBridge, other: OverlayBridge): boolean =>
  one.host === other.host &&
  one.end.equals(other.end) &&
  one.tunnels.size === other.tunnels.size &&
  [...one.tunnels].every(([kind, port]) => other.tunnels.get(kind) === port);

const haveSameEnds = (one: ReadonlyMap<string, Address>, other: ReadonlyMap<string, Address>): boolean =>
  one.size === other.size && [...one].every(([host, end]) => other.get(host)?.equals(end));

const hasSameKey = (one: OverlayFacts, other: OverlayFacts | null | undefined): boolean =>
  one.kind === other?.kind && one.key === other.key;
