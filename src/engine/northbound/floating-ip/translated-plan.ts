/** The rows of a floating IP that stands for an address of the other version of IP. Pure. */
import { linkLocalAddress, Prefix } from '../../../addressing/index.ts';
import {
  NAT64_ADDRESS,
  NAT64_CLIENTS,
  nat64Mac,
  type TranslatedFloatingIp,
} from '../../../host-contract/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { routerPortName, routerRef } from '../names.ts';
import { lettingOut, lettingThrough } from '../router-policy.ts';
import { planCrossing } from './crossing.ts';
import type { FloatingIpRecord } from './record.ts';

/**
 * The host of the router's gateway answers for it. What is for it goes out to the translator there under another address,
 * without which OVN would lead it in once more, and what the translator sends from that address leaves as the floating
 * IP's. The way from the instance is that of all instances with IPv6 alone, or that to the translator's own address (unit
 * `nat64`).
 */
export function planTranslated(record: FloatingIpRecord, translated: TranslatedFloatingIp): PlannedRow[] {
  const { routerId, networkId, gatewayPortId, crossing } = record;
  const { floating, routed, fixed } = translated;
  if (gatewayPortId === null) return [];
  const own = Prefix.of(routed, routed.family === 4 ? 32 : 128);
  return [
    {
      table: 'NAT',
      key: 'floating',
      columns: {
        type: 'dnat_and_snat',
        external_ip: floating.toString(),
        logical_ip: routed.toString(),
        // Without state the userspace switch spoils fragments of IPv4: it takes the octets of later ones for a checksum.
        ...(routed.family === 6 && { options: { stateless: 'true' } }),
      },
      parent: routerRef(routerId),
    },
    {
      table: 'Logical_Router_Static_Route',
      key: 'translator',
      columns: {
        ip_prefix: own.toString(),
        nexthop: `${routed.family === 4 ? NAT64_ADDRESS : linkLocalAddress(nat64Mac(networkId))}`,
        output_port: routerPortName(gatewayPortId),
      },
      parent: routerRef(routerId),
    },
    lettingOut(routerId, own),
    lettingThrough(routerId, own),
    // With IPv6 inside, what leads between scopes is what leads to the prefix.
    ...(fixed.family === 6
      ? []
      : planCrossing(routerId, crossing, {
          out: `ip4.src == ${fixed} && ip4.dst == ${NAT64_CLIENTS}`,
          back: `ip4.src == ${NAT64_CLIENTS} && ip4.dst == ${fixed}`,
        })),
  ];
}
