/** What is measured of an API. */

import type { Benchmark } from './benchmark.ts';
import { exchanges, exchangesInFlood } from './dhcpv6.ts';
import { firstPingByApi, firstPingByOvn } from './first-ping.ts';
import { gatewayBenchmarks } from './gateway/benchmarks.ts';
import { installGuard } from './guard-flows.ts';
import { loadBenchmarks } from './load/benchmarks.ts';
import { measure } from './measure.ts';
import type { PairOptions, Way } from './pair.ts';
import type { Sizes } from './sizes.ts';
import type { Summary } from './statistics.ts';
import { roundTrips, transfers } from './traffic.ts';
import { NETWORK_KINDS, type NetworkKind, type Workspace } from './workspace.ts';

/** Clients that create at the same time. */
const CLIENT_COUNTS = [1, 4, 16];

/** Clients that put load on it, and how many times as many ports they delete as one client does. */
const LOAD_CLIENT_COUNTS = [1, 16];
const DELETED_UNDER_LOAD = 10;

/** Requests before the measured ones: connections are open and code is compiled then. */
const WARM_UP = 20;

/** Ports whose guard flows are installed at once, and how often. */
const GUARDED_PORTS = 1_000;
const GUARD_REPEATS = 3;

/** With and without the guard, one after the other. */
const WAYS: readonly Way[] = ['guarded', 'past the guard'];

const BULK_REPEATS = 5;
const LIST_REPEATS = 10;

export function benchmarks(sizes: Sizes): Benchmark[] {
  return [
    ...NETWORK_KINDS.flatMap((kind) =>
      CLIENT_COUNTS.map((clients) => createPorts(kind, clients, sizes.ports)),
    ),
    bulkCreate(sizes.bulk),
    ...sizes.lists.map(listPorts),
    showPorts(sizes.ports),
    deletePorts(sizes.ports),
    ...loadBenchmarks({
      clients: LOAD_CLIENT_COUNTS,
      seconds: sizes.seconds,
      deleted: sizes.ports * DELETED_UNDER_LOAD,
    }),
    {
      id: 'first-ping',
      title: 'from POST to the first ping6 answer',
      run: (workspace, signal, { host }) =>
        firstPingByApi(workspace, { host: demandHost(host), repeats: sizes.pings, signal }),
    },
    {
      id: 'first-ping-ovn',
      title: 'the same with ovn-nbctl',
      run: (_workspace, signal, { host }) =>
        firstPingByOvn({ host: demandHost(host), repeats: sizes.pings, signal }),
    },
    ...WAYS.flatMap((way) => [
      onPair(`ping-${suffix(way)}`, `ping6 between instances, ${way}`, way, 'slaac', roundTrips),
      onPair(`tcp-${suffix(way)}`, `1 Gbit by TCP over IPv6 (iperf3), ${way}`, way, 'slaac', transfers),
    ]),
    ...gatewayBenchmarks(sizes.pings, demandHost),
    onPair('dhcpv6', 'DHCPv6, Solicit to Reply', 'guarded', 'stateful', exchanges),
    onPair('dhcpv6-flood', 'the same while another instance floods', 'guarded', 'stateful', exchangesInFlood),
    {
      id: `guard-${GUARDED_PORTS}`,
      title: `flows of the guard for ${GUARDED_PORTS} ports`,
      run: (_workspace, _signal, { host }) => installGuard(demandHost(host), GUARDED_PORTS, GUARD_REPEATS),
    },
  ];
}

const suffix = (way: Way): string => way.replaceAll(' ', '-');

/** Something that is measured between two instances. */
function onPair(
  id: string,
  title: string,
  way: Way,
  kind: NetworkKind,
  run: (options: PairOptions) => Promise<Summary>,
): Benchmark {
  return {
    id,
    title,
    run: (workspace, signal, { host }) => run({ workspace, host: demandHost(host), way, kind, signal }),
  };
}

function demandHost<H>(host: H | undefined): H {
  if (host === undefined) throw new Error('Its switch is not known.');
  return host;
}

function createPorts(kind: NetworkKind, clients: number, count: number): Benchmark {
  return {
    id: `create-${kind}-${clients}`,
    title: `create a port, ${kind}, ${clients === 1 ? '1 client' : `${clients} clients`}`,
    async run(workspace, signal) {
      const networkId = await workspace.network(kind);
      const create = () => workspace.client.create('port', workspace.port(networkId));
      await measure({ count: WARM_UP, clients, signal }, create);
      return measure({ count, clients, signal }, create);
    },
  };
}

function bulkCreate(size: number): Benchmark {
  return {
    id: `bulk-${size}`,
    title: `create ${size} ports in one request, dual-stack`,
    async run(workspace, signal) {
      const networkId = await workspace.network('dual-stack');
      const requests = Array(size).fill(workspace.port(networkId));
      const { perSecond: _, ...summary } = await measure({ count: BULK_REPEATS, clients: 1, signal }, () =>
        workspace.client.createBulk('port', requests),
      );
      return summary;
    },
  };
}

function listPorts(size: number): Benchmark {
  return {
    id: `list-${size}`,
    title: `list ${size} ports`,
    async run(workspace, signal) {
      const networkId = await workspace.network('dual-stack');
      await workspace.fill(networkId, size, signal);
      const { perSecond: _, ...summary } = await measure(
        { count: LIST_REPEATS, clients: 1, signal },
        async () => {
          const ports = await workspace.client.list('port', { network_id: networkId });
          if (ports.length < size) throw new Error(`The list has ${ports.length} of ${size} ports.`);
        },
      );
      return summary;
    },
  };
}

function showPorts(count: number): Benchmark {
  return {
    id: 'show',
    title: 'show a port',
    async run(workspace, signal) {
      const ids = await somePorts(workspace, count, signal);
      return measure({ count, clients: 1, signal }, (index) => workspace.client.show('port', ids[index]!));
    },
  };
}

function deletePorts(count: number): Benchmark {
  return {
    id: 'delete',
    title: 'delete a port',
    async run(workspace, signal) {
      const ids = await somePorts(workspace, count, signal);
      return measure({ count, clients: 1, signal }, (index) => workspace.client.delete('port', ids[index]!));
    },
  };
}

async function somePorts(workspace: Workspace, count: number, signal: AbortSignal): Promise<string[]> {
  const networkId = await workspace.network('dual-stack');
  return workspace.fill(networkId, count, signal);
}
