/**
 * The flows of the bridge for overlays. A frame of a network comes by the network's own patch port, is given the
 * network's key, and goes to the host where its destination is: the port that has the address says so, or else what was
 * learned, or else it goes to each host that has ports of the network. A packet from a tunnel goes to the patch port of
 * the network that has its key, and nowhere else: nothing goes from tunnel to tunnel. Pure.
 */
import type { Address, Mac } from '../../addressing/index.ts';
import type { OverlayFacts } from '../../host-contract/index.ts';
import type { Flow, Learned, Rules } from '../../openflow/index.ts';
import type { TunnelKind } from '../../switch/index.ts';

/** Keys of one kind of tunnel are not those of the other: each has tables of its own. */
const ARRIVAL = 0;
const LOOK_UP = { vxlan: 1, gre: 2 } as const;
const FLOOD = 3;
const DELIVERY = { vxlan: 4, gre: 5 } as const;

/** Who has an address is known of ports; what was learned is for others, and cannot speak for ports. */
const Priority = { KNOWN: 30, LEARNED: 20, ORDINARY: 10 } as const;

/** Seconds for which what was learned counts, as in RFC 7348's example and IEEE 802.1D. */
const LEARNED_SECONDS = 300;
/** Stations of a network that are remembered: whoever invents more has frames for them flooded. */
const LEARNED_STATIONS = 4_096;

/** A network that is on the host. */
export interface OverlayNetwork extends OverlayFacts {
  /** OpenFlow number of its patch port. */
  readonly patch: number;
  /** Of the port of all tunnels of its kind; undefined while there is none: nothing leaves the host. */
  readonly tunnel: number | undefined;
}

const flow = (table: number, match: Flow['match'], verdict: Flow['verdict'], priority: number): Flow => ({
  table,
  priority,
  match,
  verdict,
});

/** What comes from another host by a kind of tunnel is taken. */
export function rulesOfHost(tunnels: ReadonlyMap<TunnelKind, number>, host: Address): Rules {
  return {
    flows: Array.from(tunnels, ([kind, inPort]) =>
      flow(ARRIVAL, { inPort, tunnelSource: host }, { continueIn: DELIVERY[kind] }, Priority.ORDINARY),
    ),
  };
}

/**
 * What a network has of the bridge.
 * @param others where tunnels of the other hosts with ports of the network end, all of one family
 */
export function rulesOfNetwork(
  { kind, key, patch, tunnel }: OverlayNetwork,
  others: readonly Address[],
  family: Address['family'],
): Rules {
  if (tunnel === undefined) return { flows: [] };
  const learn = {
    table: LOOK_UP[kind],
    priority: Priority.LEARNED,
    family,
    key,
    seconds: LEARNED_SECONDS,
    most: LEARNED_STATIONS,
  };
  return {
    flows: [
      flow(ARRIVAL, { inPort: patch }, { continueIn: LOOK_UP[kind], tunnelKey: key }, Priority.ORDINARY),
      flow(LOOK_UP[kind], { tunnelKey: key }, { continueIn: FLOOD }, Priority.ORDINARY),
      flow(FLOOD, { inPort: patch }, { tunnel, to: others }, Priority.ORDINARY),
      flow(DELIVERY[kind], { tunnelKey: key }, { output: patch, learn }, Priority.ORDINARY),
    ],
  };
}

/**
 * Frames for the address of a port go where the port is, and nothing is learned of it. A router's port is on every host:
 * what was learned of it would be another thing with each packet.
 * @param host where the tunnels of another host that has it end
 */
export function rulesOfPort(
  { kind, key, patch, tunnel }: OverlayNetwork,
  mac: Mac,
  host: Address | undefined,
): Rules {
  if (tunnel === undefined) return { flows: [] };
  const { KNOWN } = Priority;
  const delivery = flow(DELIVERY[kind], { tunnelKey: key, ethernetSource: mac }, { output: patch }, KNOWN);
  if (host === undefined) return { flows: [delivery] };
  const match = { tunnelKey: key, ethernetDestination: mac };
  return { flows: [delivery, flow(LOOK_UP[kind], match, { tunnel, to: [host] }, KNOWN)] };
}

/** All that was learned of a network. */
export const learnedOf = ({ kind, key }: OverlayFacts): Learned => ({ table: LOOK_UP[kind], key });
