/** What plans know of a router's gateways. */
import { Address } from '../../../addressing/index.ts';
import { nextHopsOf } from '../../../resources/index.ts';
import { columnsOf } from '../records/columns.ts';
import { fixedIpsOf } from '../records/fixed-ips.ts';
import type { GatewaySource, OneGatewaySource } from './read.ts';

export interface GatewayRecord {
  readonly portId: string;
  /** Where default routes lead by it, at most one of a family. */
  readonly nextHops: readonly Address[];
  /** Names of the hosts that it is on in OVN; the first has it. */
  readonly chassis: readonly string[];
}

/** Those of a router. */
export interface GatewaysRecord {
  readonly routerId: string;
  /** Whether default routes lead out by all of them; else by the first. */
  readonly isSpread: boolean;
  /** The first first. */
  readonly gateways: readonly GatewayRecord[];
}

/** @throws PlanError */
export function gatewaysRecord({ id, router, gateways }: GatewaySource): GatewaysRecord {
  const nextHop = columnsOf(router, 'router', id);
  return {
    routerId: id,
    isSpread: router.enable_default_route_ecmp === 1,
    gateways: gateways.map((gateway, index) => ({
      portId: gateway.portId,
      nextHops: nextHop('ipv6_next_hop', (given) =>
        // It means the link of the first.
        nextHopsOut(gateway, index === 0 ? given : null),
      ),
      chassis: chassisOf(gateway),
    })),
  };
}

const chassisOf = ({ hosts }: OneGatewaySource): string[] => hosts.map(({ chassis }) => chassis);

function nextHopsOut(gateway: OneGatewaySource, given: string | null): Address[] {
  const { fixedIps, heard } = gateway;
  const gateways = fixedIpsOf(fixedIps).flatMap(({ subnet }) => subnet.gateway?.toString() ?? []);
  return nextHopsOf({ given, gateways, heard, chassis: chassisOf(gateway) }).map(({ nexthop }) =>
    Address.parse(nexthop),
  );
}
