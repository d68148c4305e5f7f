/**
 * Whose software serves a use case in a cloud of OpenStack: where something has to change when it does not work. What
 * stands in brackets is what says how it should be.
 */
import type { UseCaseId } from '../use-cases/registry.ts';

export const SERVED_BY: Readonly<Record<UseCaseId, string>> = {
  'multi-tenant':
    "The mechanism driver of Neutron's ML2 and its switch (OVN, or the Open vSwitch or Linux bridge agent), which keep networks apart and carry them over tunnels.",
  'v6-only':
    "The switch, and the router (OVN's logical router, or the namespace of the L3 agent), which forwards and says Packet Too Big (RFC 4443 section 3.2, RFC 8201).",
  'provider-vlan':
    "The mechanism driver's provider networks, which pass VLANs and the advertisements of routers outside.",
  'routed-external':
    "Neutron's L3 service: the external gateway of a router and the scheduling of gateways (L3 agents, or OVN's gateway chassis).",
  'dual-stack': "Neutron's address management (IPAM) and the DHCP servers of both families.",
  'address-modes':
    "Who sends router advertisements (radvd of the L3 agent, or OVN's responder) and who serves DHCPv6 (dnsmasq of the DHCP agent, or OVN's responder) (RFC 4861, RFC 4862, RFC 8415).",
  'fixed-ip-stateful': "Neutron's IPAM, and the DHCPv6 server (RFC 8415).",
  'fixed-ip-slaac': "Neutron's IPAM, which decides on the fixed addresses of subnets with SLAAC (RFC 4862).",
  'floating-ip': "Neutron's L3 service, its router's address translation, and the clients of the API.",
  'sr-iov': 'The SR-IOV mechanism driver and agent, and who serves RA, DHCPv6 and metadata to such ports.',
  extensions:
    'The tunnels of the switch (IPsec), its multicast snooping (MLD, RFC 3810) and querier, and port security, which decides who may have an anycast address.',
  metadata:
    "The metadata agent of Neutron, or OVN's, which has to listen on an IPv6 address as well (fe80::a9fe:a9fe), and Nova's metadata API behind it.",
  'security-groups':
    "Neutron's security group API and the firewall driver (ACLs of OVN, flows of Open vSwitch, or ip6tables).",
  'address-management': "Neutron's API and IPAM, its clients, and Horizon.",
  'anti-spoofing': 'Port security of the mechanism driver (RFC 7039).',
  'rogue-ra':
    'The firewall driver or port security, which must drop advertisements of instances whatever extension headers come first (RFC 6105, RFC 7113).',
  'multiple-addresses':
    "Neutron's IPAM, port security, the DHCPv6 server (several associations: RFC 8415 section 12) and the router, for several addresses on one interface.",
  'mixed-networks':
    "Neutron's IPAM, port security, which must let Neighbour Discovery of link-local addresses through (RFC 4861), and the DHCP servers and routers of each network.",
  'prefix-delegation':
    'The client of prefix delegation in the L3 agent, and a DHCPv6 server that delegates prefixes to instances (RFC 8415 section 6.3).',
  dvr: "The L3 agents in distributed mode, or OVN's distributed routers and gateways.",
  'nd-spoofing':
    'Port security of the mechanism driver, which must look into Neighbour Discovery (RFC 6620, RFC 7513).',
  'l3-ha': "Neutron's L3 service: keepalived beside the L3 agents, or OVN's gateway chassis with BFD.",
  'ipv6-mostly':
    'Nobody in OpenStack: a NAT64 (RFC 6146) and a DNS64 (RFC 6147) outside of it, and subnets that tell of them (RFC 8781, RFC 8925).',
};
