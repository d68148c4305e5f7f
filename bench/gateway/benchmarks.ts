/** What is measured of routers' gateways on one host. */
import type { Benchmark } from '../benchmark.ts';
import { floatingByApi, floatingByOvn } from './floating.ts';
import { byPackets, byTcp, throughput } from './throughput.ts';
import { type GatewayWay, nat64, nptv6, routed, tayga } from './ways.ts';

const WAYS: Readonly<Record<string, readonly [string, GatewayWay]>> = {
  gateway: ['routed', routed],
  nat64: ['by NAT64', nat64],
  tayga: ['by tayga', tayga],
  nptv6: ['by NPTv6', nptv6],
};

/**
 * @param pings floating IPs that are pinged
 * @param demandHost the host of the API's instances, or an error that says that there is none
 */
export const gatewayBenchmarks = (pings: number, demandHost: <H>(host: H | undefined) => H): Benchmark[] => [
  {
    id: 'floating-first-ping',
    title: 'from POST of a floating IP to its first ping6 answer',
    run: (workspace, signal, { host }) => floatingByApi({ workspace, signal, host: demandHost(host) }, pings),
  },
  {
    id: 'floating-first-ping-ovn',
    title: 'the same with ovn-nbctl, a floating IP',
    run: (workspace, signal, { host }) => floatingByOvn({ workspace, signal, host: demandHost(host) }, pings),
  },
  ...Object.entries(WAYS).flatMap(([id, [how, way]]): Benchmark[] => [
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
  ]),
];
