/** What plans know of a router's gateway. */
import { Address } from '../../../addressing/index.ts';
import { columnsOf, orNull } from '../records/columns.ts';
import { type FixedIpRecord, fixedIpsOf } from '../records/fixed-ips.ts';
import type { GatewaySource } from './read.ts';

export interface GatewayRecord {
  readonly routerId: string;
  readonly portId: string;
  readonly fixedIps: readonly FixedIpRecord[];
  /** The next hop of its IPv6 default route, where its router has one of its own. */
  readonly ipv6NextHop: Address | null;
  /** Names of the hosts that it is on in OVN; the first has it. */
  readonly chassis: readonly string[];
}

/** @throws PlanError */
export const gatewayRecord = ({ id, portId, router, fixedIps, hosts }: GatewaySource): GatewayRecord => ({
  routerId: id,
  portId,
  fixedIps: fixedIpsOf(fixedIps),
  ipv6NextHop: columnsOf(
    router,
    'router',
    id,
  )(
    'ipv6_next_hop',
    orNull((text) => Address.parse(text)),
  ),
  chassis: hosts.map(({ chassis }) => chassis),
});
