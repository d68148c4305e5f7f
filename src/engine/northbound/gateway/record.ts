/** What plans know of a router's gateway. */
import { Address } from '../../../addressing/index.ts';
import { nextHopsOf } from '../../../resources/index.ts';
import { columnsOf } from '../records/columns.ts';
import { fixedIpsOf } from '../records/fixed-ips.ts';
import type { GatewaySource } from './read.ts';

export interface GatewayRecord {
  readonly routerId: string;
  readonly portId: string;
  /** Where default routes lead, at most one of a family. */
  readonly nextHops: readonly Address[];
  /** Names of the hosts that it is on in OVN; the first has it. */
  readonly chassis: readonly string[];
}

/** @throws PlanError */
export function gatewayRecord({ id, portId, router, fixedIps, hosts, heard }: GatewaySource): GatewayRecord {
  const chassis = hosts.map((host) => host.chassis);
  const gateways = fixedIpsOf(fixedIps).flatMap(({ subnet }) => subnet.gateway?.toString() ?? []);
  return {
    routerId: id,
    portId,
    nextHops: columnsOf(
      router,
      'router',
      id,
    )('ipv6_next_hop', (given) =>
      nextHopsOf({ given, gateways, heard, chassis }).map(({ nexthop }) => Address.parse(nexthop)),
    ),
    chassis,
  };
}
