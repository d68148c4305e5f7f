/** What was found by hand, with captures, traces of the switch and the sources, about rows of Debian 12's Neutron. */
import type { UseCaseId } from '../../src/gap/index.ts';

/** How a Neutron makes networks. */
export type PeerDriver = 'ovn' | 'openvswitch' | 'linuxbridge';

type Causes = Readonly<Partial<Record<UseCaseId, readonly string[]>>>;

/** Of Neutron itself, whoever makes its networks. */
const IPV4_ALONE =
  'Neutron gives floating IPs out of IPv4 subnets alone, whatever subnet is asked for: without an IPv4 address among what it allocated it answers ExternalIpAddressExhausted (neutron/db/l3_db.py, _create_floatingip).';

export const CAUSES: Readonly<Record<PeerDriver, Causes>> = {
  ovn: {
    'address-modes': [
      "Router advertisements have no DNS servers, since OVN's router port has none (ovn-nbctl list Logical_Router_Port: ipv6_ra_configs is address_mode, mtu and send_periodic); OVN could announce one (rdnss).",
      "Each mode by itself works. OVN's DHCPv6 responder knows Solicit, Request, Confirm, Decline and Information-Request: a Renew, Rebind or Release has no answer, whoever sends it.",
      "OVN's router has one mode for all prefixes of a port, so that those of a network with several modes are advertised alike.",
    ],
    extensions: [
      "Anycast on one link and VRRP with the master's MAC address work. The virtual MAC address of two allowed address pairs becomes an address of both ports, and OVN has two flows for it that contradict each other: ls_in_l2_lkup, priority 50, match eth.dst == 00:00:5e:00:02:33, once to either port. One of them gets everything, be it master or not.",
    ],
    'floating-ip': [IPV4_ALONE],
    'mixed-networks': [
      "The peer sends the Neighbour Advertisement of its link-local address, and OVN's port security drops it: its flows for these want a hop limit of 225, where RFC 4861 section 7.1.2 has 255 (ovs-ofctl dump-flows br-int table=74: icmp_type=136, nw_ttl=225).",
    ],
    'multiple-addresses': [
      "OVN's DHCPv6 responder gives one address a port, in one association, however many the port has and the client asks for.",
    ],
    'nd-spoofing': [
      "OVN's flows that check a solicitation's link-layer option want a hop limit of 225, where RFC 4861 section 7.1.1 has 255 (ovs-ofctl dump-flows br-int table=74: icmp_type=135, nw_ttl=225): none is checked.",
      'Duplicate address detection (source ::) is let through for whatever target, so that an instance can deny others their addresses. Nothing looks at redirects, nor at Neighbour Discovery in fragments.',
    ],
    'rogue-ra': [
      'OVN has Neighbour Discovery and router advertisements pass ahead of every ACL, and so of security groups: ls_in_acl, priority 65532, match (nd || nd_ra || nd_rs || mldv1 || mldv2), action next.',
    ],
    'security-groups': [
      'The API takes rules with an address group, and the driver of OVN makes nothing of it: the ACL of a rule for TCP port 8080 with remote_address_group_id has the match "outport == @pg_... && ip6 && tcp && tcp.dst == 8080". Such a rule lets everybody in.',
    ],
    'v6-only': [
      "OVN answers with Packet Too Big where a router port has a gateway_mtu; Neutron sets none on ports to tenants' networks (ovn-nbctl list Logical_Router_Port: options).",
    ],
  },
  openvswitch: {
    'address-management': [
      "radvd runs for a router's port with any IPv6 subnet, whatever the modes of its subnets are (neutron/agent/l3/router_info.py, _process_internal_ports: _port_has_ipv6_subnet): it advertises the router there and a prefix without autoconfiguration, where the API has no mode for advertisements.",
    ],
    'anti-spoofing': [
      'The firewall lets ARP by its sender protocol address and advertisements by their target (neutron/agent/linux/openvswitch_firewall/firewall.py: arp_spa, nd_target). Nothing looks at the link-layer addresses in either: arp_sha, nd_tll and nd_sll do not occur there.',
    ],
    'multiple-addresses': [
      'dnsmasq is told of each address of a port by a line of its own, all with the one MAC address (dhcp/NETWORK/host), and heeds one of them: further associations of a client stay empty.',
    ],
    'nd-spoofing': [
      'The firewall looks at the target of an advertisement, and not at link-layer options of any message (neutron/agent/linux/openvswitch_firewall/firewall.py: nd_target; neither nd_sll nor nd_tll occurs).',
    ],
    'security-groups': [
      'The API takes groups without state, and the firewall tracks the connections of all groups: what begins one passes back without a rule, and ICMPv6 messages that begin none for conntrack do not pass.',
      'Connections that a deleted rule had let through are marked in conntrack, and dropped as long as they are remembered there: the rule coming back does not bring them back.',
    ],
    extensions: [
      "VRRP with a virtual MAC address works until the master dies: the firewall's flows lead by destination MAC address and VLAN to one port (br-int table=60, priority 90), and those of two ports with the same allowed address pair are one flow, of the port that was made last (neutron/agent/linux/openvswitch_firewall/firewall.py, initialize_port_flows).",
    ],
    'floating-ip': [IPV4_ALONE],
  },
  linuxbridge: {},
};
