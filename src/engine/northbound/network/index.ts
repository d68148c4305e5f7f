/** Networks: logical switches, with the ports for hosts' services and for physical networks. */
import { itself, named, on } from '../dependency.ts';
import { networkRecord } from '../records/network.ts';
import { subnetRecord } from '../records/subnet.ts';
import type { Unit } from '../unit.ts';
import { planNetwork } from './plan.ts';
import { type NetworkSource, readNetworks } from './read.ts';

export const networkUnit: Unit<NetworkSource> = {
  kind: 'network',
  table: 'networks',
  read: readNetworks,
  plan: ({ network, subnets }) => planNetwork(networkRecord(network), subnets.map(subnetRecord)),
  dependsOn: [
    on(
      'network',
      [
        'admin_state_up',
        'mtu',
        'dns_domain',
        'dns_forwarders',
        'multicast_snooping',
        'nat64_prefix',
        'router:external',
        'retired_prefixes',
      ],
      itself,
    ),
    // What hosts tell instances stands with the network's service port.
    on(
      'subnet',
      [
        // With it changes the prefix that a provider delegates.
        'gateway_ip',
        'enable_dhcp',
        'dns_nameservers',
        'dns_search_domains',
        'host_routes',
        'preferred_lifetime',
        'valid_lifetime',
        'ra_router_lifetime',
        'ra_router_preference',
        'ra_prefer_delegation',
        'pref64',
        'prefix_preferred_until',
        'prefix_valid_until',
      ],
      named('network_id'),
    ),
  ],
};
