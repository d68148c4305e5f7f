/** The rows that lead a router's packets through the translator on its gateway's host. Pure. */
import { type Address, linkLocalAddress, Prefix } from '../../../addressing/index.ts';
import { NAT64_ADDRESS, NAT64_CLIENTS, nat64Mac } from '../../../host-contract/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { routerPortName, routerPortRef, routerRef } from '../names.ts';
import { type FixedIpRows, fixedIpsOf } from '../records/fixed-ips.ts';
import { lettingOut, lettingThrough } from '../router-policy.ts';
import type { Nat64Source } from './read.ts';

const TRANSLATOR = Prefix.of(NAT64_ADDRESS, 32);
const CLIENTS = Prefix.of(NAT64_CLIENTS, 32);

/**
 * The ways through the translator: of instances to IPv4, and of their answers to those who reach them by IPv6. What is for a prefix of the router's networks goes out by the gateway, to the translator, and comes back as IPv4; that
 * goes out once more, as any IPv4 of the router's networks does, and what answers comes back the same way. Without an
 * IPv4 address outside, or where IPv4 is not translated, it is not for the router to do: the default route leads on.
 */
export function planNat64(source: Nat64Source): PlannedRow[] {
  const { id, router, portId, networkId, prefixes, hasClients } = source;
  const external = ipv4Of(source.fixedIps);
  if (external === undefined) return [];
  const route = (destination: string, nexthop: string): PlannedRow => ({
    table: 'Logical_Router_Static_Route',
    key: `route/${destination}`,
    columns: { ip_prefix: destination, nexthop, output_port: routerPortName(portId) },
    parent: routerRef(id),
  });
  const inside = linkLocalAddress(nat64Mac(networkId)).toString();
  const answers = hasClients ? [route(`${CLIENTS}`, `${NAT64_ADDRESS}`)] : [];
  if (prefixes.length === 0 || router.enable_snat !== 1) return answers;
  return [
    ...answers,
    ...prefixes.map((prefix) => route(prefix, inside)),
    route(`${TRANSLATOR}`, `${NAT64_ADDRESS}`),
    ...sourceNat(source, external),
    lettingOut(id, TRANSLATOR),
    lettingThrough(id, TRANSLATOR),
  ];
}

const ipv4Of = (rows: readonly FixedIpRows[]): Address | undefined =>
  fixedIpsOf(rows).find(({ address }) => address.family === 4)?.address;

/** What was translated leaves with the address of the gateway that it leaves by, and comes back by that. */
function sourceNat({ id, portId, others }: Nat64Source, external: Address): PlannedRow[] {
  const translated = (key: string, to: Address, gateway: string): PlannedRow => ({
    table: 'NAT',
    key,
    columns: {
      ...{ type: 'snat', external_ip: to.toString(), logical_ip: NAT64_ADDRESS.toString() },
      ...(others.length > 0 && { gateway_port: routerPortRef(gateway) }),
    },
    parent: routerRef(id),
  });
  return [
    translated('snat', external, portId),
    ...others.flatMap((other) => {
      const to = ipv4Of(other.fixedIps);
      return to === undefined ? [] : translated(`snat/${other.portId}`, to, other.portId);
    }),
  ];
}
