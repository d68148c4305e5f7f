/** What is measured of routers' gateways on one host. */
import type { Benchmark } from '../benchmark.ts';
import { byPackets, byTcp, throughput } from './throughput.ts';
import { type GatewayWay, nat64, nptv6, routed, tayga } from './ways.ts';

const WAYS: Readonly<Record<string, readonly [string, GatewayWay]>> = {
  gateway: ['routed', routed],
  nat64: ['by NAT64', nat64],
  tayga: ['by tayga', tayga],
  nptv6: ['by NPTv6', nptv6],
};

/** @param demandHost the host of the API's instances, or an error that says that there is none */
export const gatewayBenchmarks = (demandHost: <H>(host: H | undefined) => H): Benchmark[] =>
  Object.entries(WAYS).flatMap(([id, [how, way]]) => [
    {
      id: `${id}-tcp`,
      title: `1 Gbit by TCP through a gateway, ${how}; Mbit a second`,
      run: (workspace, signal, { host }) =>
        throughput(way, byTcp, { workspace, signal, host: demandHost(host) }),
    },
    {
      id: `${id}-packets`,
      title: `1000 packets of 64 octets through a gateway, ${how}`,
      run: (workspace, signal, { host }) =>
        throughput(way, byPackets, { workspace, signal, host: demandHost(host) }),
    },
  ]);
