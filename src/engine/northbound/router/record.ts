/** What plans know of a router. */
import { Prefix } from '../../../addressing/index.ts';
import { ROUTER_GATEWAY, ROUTER_INTERFACE } from '../../../resources/index.ts';
import { columnsOf } from '../records/columns.ts';
import { type FixedIpRecord, fixedIpsOf } from '../records/fixed-ips.ts';
import { type Route, routesIn } from '../records/routes.ts';
import { NO_SCOPES, type Scopes } from '../records/scopes.ts';
import type { RouterSource } from './read.ts';

/** A port of a router, as the router's own plan needs it. */
export interface RouterPortRecord {
  readonly portId: string;
  readonly networkId: string;
  readonly fixedIps: readonly FixedIpRecord[];
  /** Of its network. */
  readonly scopes: Scopes;
}

export interface RouterRecord {
  readonly id: string;
  readonly adminStateUp: boolean;
  readonly enableSnat: boolean;
  /** Whether it passes multicast on to members in other networks. */
  readonly multicastRelay: boolean;
  readonly routes: readonly Route[];
  /** By which its networks reach IPv4, when it leads them to a translator; none where no scopes are. */
  readonly nat64Prefixes: readonly string[];
  readonly interfaces: readonly RouterPortRecord[];
  /** The first first. */
  readonly gateways: readonly RouterPortRecord[];
  /** Prefixes that a provider delegates to it. */
  readonly delegated: readonly Prefix[];
}

/** @throws PlanError */
export function routerRecord({ row, ports, scopes, nat64Prefixes, delegated }: RouterSource): RouterRecord {
  const withOwner = (owner: string): RouterPortRecord[] =>
    ports
      .filter((port) => port.row.device_owner === owner)
      .map((port) => ({
        portId: port.row.id,
        networkId: port.row.network_id,
        fixedIps: fixedIpsOf(port.fixedIps),
        scopes: scopes.get(port.row.network_id) ?? NO_SCOPES,
      }));
  return {
    id: row.id,
    adminStateUp: row.admin_state_up === 1,
    enableSnat: row.enable_snat === 1,
    multicastRelay: row.multicast_relay === 1,
    routes: columnsOf(row, 'router', row.id)('routes', routesIn),
    nat64Prefixes,
    interfaces: withOwner(ROUTER_INTERFACE),
    gateways: firstFirst(withOwner(ROUTER_GATEWAY), row.gateway_port_id),
    delegated: delegated.map((text) => Prefix.parse(text)),
  };
}

/** In an order that does not change by itself: that of the others is that of their ids. */
const firstFirst = (gateways: readonly RouterPortRecord[], firstId: string | null): RouterPortRecord[] => [
  ...gateways.filter(({ portId }) => portId === firstId),
  ...gateways.filter(({ portId }) => portId !== firstId),
];
