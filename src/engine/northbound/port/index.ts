/** Ports: logical switch ports, and logical router ports for those of routers. */
import { type ChangeOf, found, itself, named, on } from '../dependency.ts';
import {
  delegatingPortsOfNetworks,
  egressOnlyPortsBeside,
  egressOnlyPortsOfRouters,
  gatewayPortsBehindNetworks,
  gatewayPortsOfRouters,
  parentsOfSubports,
  portsOfFloatingIps,
  portsOfNetworks,
  portsOfPolicies,
  portsOfRouters,
  portsOfRoutersFloatingIps,
  portsOfSubnets,
  routerPortsOfNetworks,
  routerPortsOfSubnets,
} from '../lookups.ts';
import { networksOfInterfaces, routersOfInterfaces } from '../router-ports.ts';
import type { Unit } from '../unit.ts';
import { planPort } from './plan.ts';
import { type PortSource, readPorts } from './read.ts';
import { type PortRecord, portRecord } from './record.ts';

/** The routers that floating IPs are, or were, of. */
const routersOfFloatingIps = (changes: readonly ChangeOf<'floatingip'>[]): string[] =>
  changes.flatMap(({ links }) => links.router_id);

export const portUnit: Unit<PortSource> = {
  kind: 'port',
  table: 'ports',
  read: readPorts,
  plan: (source, settings) => planPort(portRecord(source), settings),
  dependsOn: [
    on(
      'port',
      [
        'mac_address',
        'fixed_ips',
        'admin_state_up',
        'device_id',
        'device_owner',
        'security_groups',
        'port_security_enabled',
        'allowed_address_pairs',
        'address_policy',
        'device_role',
        'delegated_prefixes',
        'learned_reset',
        'further_hosts',
        'binding_refused',
        'extra_dhcp_opts',
        'dns_name',
        'dns_domain',
        'binding:host_id',
        'binding:vnic_type',
        'binding:profile',
        'qos_policy_id',
        'forwarded',
      ],
      itself,
    ),
    on(
      'network',
      ['admin_state_up', 'address_policy', 'nat64_prefix', 'qos_policy_id'],
      found(portsOfNetworks),
    ),
    // What routers advertise, and whether they do or leave it to the hosts.
    on('network', ['mtu', 'dns_domain', 'retired_prefixes'], found(routerPortsOfNetworks)),
    on(
      'subnet',
      [
        'gateway_ip',
        'dns_nameservers',
        'dns_search_domains',
        'host_routes',
        'preferred_lifetime',
        'valid_lifetime',
        'ra_router_lifetime',
        'ra_router_preference',
        'ra_prefer_delegation',
        'pref64',
      ],
      found(routerPortsOfSubnets),
    ),
    // Ports refer to the DHCP options of their subnet.
    on('subnet', ['enable_dhcp'], found(portsOfSubnets)),
    // What a port may use as a source, and how its instance is asked for its health.
    on('anycast_address', ['port_ids', 'health_check'], named('port_ids')),
    // A gateway without an IPv6 address has one of the router's interfaces.
    on('port', ['fixed_ips', 'device_owner'], found(gatewayPortsOfRouters, routersOfInterfaces)),
    // What takes one gateway, the first does.
    on('router', ['external_gateways'], found(gatewayPortsOfRouters)),
    // The gateway's host translates for what is behind the router.
    on('network', ['nat64_prefix'], found(gatewayPortsBehindNetworks)),
    // It tells those that stand by of what it translates.
    on('router', ['gateway_hosts'], found(gatewayPortsOfRouters)),
    // Hosts take the frames of subports from the port of their trunk.
    on('trunk', ['subports'], named('port_id')),
    on('port', ['mac_address'], found(parentsOfSubports)),
    // The gateway's host asks for what subnets behind it are to have.
    on('router', ['prefix_delegation'], found(gatewayPortsOfRouters)),
    on('policy', ['rules'], found(portsOfPolicies)),
    // The port's host announces them.
    on('floatingip', ['port_id', 'fixed_ip_address'], named('port_id')),
    on('agent', ['configurations'], found(portsOfFloatingIps)),
    on('router', ['distributed'], found(portsOfRoutersFloatingIps)),
    // The gateway's host announces those whose ports are forwarded, and translates between versions of IP.
    on(
      'floatingip',
      ['port_forwardings', 'port_id', 'fixed_ip_address'],
      found(gatewayPortsOfRouters, routersOfFloatingIps),
    ),
    // So it does those of instances that it answers for.
    on('ndp_proxy', [], found(gatewayPortsOfRouters, named('router_id'))),
    on('router', ['enable_ndp_proxy'], found(gatewayPortsOfRouters)),
    // Hosts with a network of the router translate its prefixes.
    on('nptv6_translation', [], found(portsOfRouters, named('router_id'))),
    // Hosts let in nothing but answers past the router, but what is from behind it.
    on('router', ['egress_only_ipv6'], found(portsOfRouters)),
    on('router', ['routes'], found(egressOnlyPortsOfRouters)),
    on('port', ['fixed_ips', 'device_owner'], found(egressOnlyPortsOfRouters, routersOfInterfaces)),
    on('port', ['delegated_prefixes'], found(egressOnlyPortsBeside, named('network_id'))),
    on('anycast_address', [], found(egressOnlyPortsOfRouters, named('router_id'))),
    // The routers of the network lead to what is delegated.
    on('port', ['fixed_ips', 'device_owner'], found(delegatingPortsOfNetworks, networksOfInterfaces)),
  ],
};

export { type PortRecord, portRecord, readPorts };
