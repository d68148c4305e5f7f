/** What is measured of several hosts: joining, and what their instances send each other, by type of network. */
import type { Benchmark } from '../benchmark.ts';
import { firstPingByApi } from '../first-ping.ts';
import type { PairOptions } from '../pair.ts';
import { residentMemory } from '../process-figures.ts';
import { type Summary, summarise } from '../statistics.ts';
import { roundTrips, transfers } from '../traffic.ts';
import type { ProviderWish } from '../workspace.ts';
import { failover, type GatewayLoss, type WatchedTraffic } from './failover.ts';
import type { FleetHost, HostFleet, JoinedFleet } from './fleet.ts';

/** The types of network that span hosts, as they are asked for. */
const NETWORKS: Readonly<Record<string, ProviderWish>> = {
  geneve: { 'provider:network_type': 'geneve' },
  vxlan: { 'provider:network_type': 'vxlan' },
  gre: { 'provider:network_type': 'gre' },
  vlan: { 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1' },
};

/** Whether both instances are on one host. */
type Distance = 'on one host' | 'across hosts';
const DISTANCES: readonly Distance[] = ['on one host', 'across hosts'];

/** @param pings instances that are pinged */
export function hostsBenchmarks(fleet: HostFleet, pings: number): Benchmark[] {
  return [
    {
      id: 'join',
      title: 'a machine joins',
      run: async () => onHosts(fleet, ({ joinMs }) => Promise.resolve(summarise(joinMs))),
    },
    ...DISTANCES.map((distance) => firstPing(fleet, distance, pings)),
    between(fleet, 'ping', 'geneve', 'on one host', roundTrips),
    between(fleet, 'tcp', 'geneve', 'on one host', transfers),
    ...Object.keys(NETWORKS).flatMap((type) => [
      between(fleet, 'ping', type, 'across hosts', roundTrips),
      between(fleet, 'tcp', type, 'across hosts', transfers),
    ]),
    ...LOSSES.flatMap((loss) => [
      failing(fleet, loss, 'ping', 'requests every 20 ms'),
      failing(fleet, loss, 'tcp', 'a connection'),
    ]),
  ];
}

const WHAT = { ping: 'ping6 between instances', tcp: '1 Gbit by TCP over IPv6 (iperf3)' };

function between(
  fleet: HostFleet,
  kind: keyof typeof WHAT,
  type: string,
  distance: Distance,
  run: (options: PairOptions) => Promise<Summary>,
): Benchmark {
  const across = distance === 'across hosts';
  return {
    id: `${kind}-${across ? type : 'local'}`,
    title: `${WHAT[kind]}, ${across ? `${type}, ` : ''}${distance}`,
    run: (workspace, signal) =>
      onHosts(fleet, ({ hosts }) =>
        run({
          ...{ workspace, signal, way: 'guarded', kind: 'slaac', network: NETWORKS[type]! },
          ...placed(hosts, distance),
        }),
      ),
  };
}

const LOSSES: readonly GatewayLoss[] = ['killed', 'drained'];
const HOW: Readonly<Record<GatewayLoss, string>> = {
  killed: "the switch of a gateway's host is killed",
  drained: "a gateway's host is disabled",
};

function failing(fleet: HostFleet, loss: GatewayLoss, watched: WatchedTraffic, what: string): Benchmark {
  return {
    id: `gateway-${loss}-${watched}`,
    title: `${what} without an answer, while ${HOW[loss]}`,
    run: (workspace, signal) =>
      onHosts(fleet, (joined) => failover(loss, watched, { workspace, signal, fleet: joined })),
  };
}

function firstPing(fleet: HostFleet, distance: Distance, repeats: number): Benchmark {
  return {
    id: `first-ping-${distance === 'across hosts' ? 'across' : 'local'}`,
    title: `from POST to the first ping6 answer, ${distance}`,
    run: (workspace, signal) =>
      onHosts(fleet, ({ hosts }) => {
        const { host, otherHost: neighbourHost } = placed(hosts, distance);
        return firstPingByApi(workspace, { host, neighbourHost, repeats, signal });
      }),
  };
}

function placed(hosts: readonly FleetHost[], distance: Distance) {
  const [host, other] = hosts as [FleetHost, FleetHost];
  return { host, otherHost: distance === 'across hosts' ? other : host };
}

/** Measures on hosts that joined, and then what the first one's processes have in memory. */
async function onHosts(fleet: HostFleet, act: (joined: JoinedFleet) => Promise<Summary>): Promise<Summary> {
  const joined = await fleet.joined();
  const summary = await act(joined);
  const processes = Object.entries(joined.hosts[0]!.processes());
  return {
    ...summary,
    hostMemory: Object.fromEntries(processes.map(([name, pid]) => [name, residentMemory(pid)])),
  };
}
