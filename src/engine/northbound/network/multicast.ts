/** How OVN treats multicast on a network (ovn-nb(5), "IP Multicast Snooping Options"). */
import { linkLocalAddress } from '../../../addressing/index.ts';
import { SERVICE_ADDRESS_V4, serviceMac } from '../../../host-contract/index.ts';
import type { NetworkRecord } from '../records/network.ts';
import type { SubnetRecord } from '../records/subnet.ts';

/** Seconds between queries (RFC 3810 section 9.2). */
const QUERY_INTERVAL_SECONDS = 125;
/** Seconds that members may take to answer. Until then a host that is new to the network knows of none. */
const RESPONSE_INTERVAL = 1;
/** Seconds after which a member that was not heard of is none (RFC 3810 section 9.4). */
const LISTENING_INTERVAL = 2 * QUERY_INTERVAL_SECONDS + RESPONSE_INTERVAL;

/**
 * Groups that a network can have. Each address has its solicited-node group as well (RFC 4291 section 2.7.1). An
 * instance may join as many as there are, and each costs OVN a row and hosts a flow: 33,000 keep ovn-controller busy
 * for half a minute, these for two seconds.
 */
const GROUPS = 4_096;

/**
 * `other_config` of a logical switch. With snooping, groups that nobody asked for reach nobody; OVN asks for
 * members as the network's service port, in both families where the network has both.
 */
export function snoopingConfig(
  network: NetworkRecord,
  subnets: readonly SubnetRecord[],
): Record<string, string> {
  if (!network.multicastSnooping) return {};
  const mac = serviceMac(network.id);
  return {
    mcast_snoop: 'true',
    mcast_flood_unregistered: 'false',
    mcast_table_size: String(GROUPS),
    mcast_querier: 'true',
    mcast_eth_src: mac.toString(),
    mcast_ip6_src: linkLocalAddress(mac).toString(),
    ...(subnets.some(({ family }) => family === 4) && { mcast_ip4_src: SERVICE_ADDRESS_V4.toString() }),
    mcast_query_interval: String(QUERY_INTERVAL_SECONDS),
    mcast_query_max_response: String(RESPONSE_INTERVAL),
    mcast_idle_timeout: String(LISTENING_INTERVAL),
  };
}

/**
 * `options` of a port that hears all groups and all reports: a physical network, whose members OVN does not know, and
 * the service port, where DHCPv6 servers are a group (RFC 8415 section 7.1).
 */
export const allGroups = ({ multicastSnooping }: NetworkRecord): Record<string, string> =>
  multicastSnooping ? { mcast_flood: 'true', mcast_flood_reports: 'true' } : {};
