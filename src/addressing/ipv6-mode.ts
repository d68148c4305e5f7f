/** How hosts get their addresses in an IPv6 prefix, by the names that Neutron has for it. */

/** By SLAAC (RFC 4862) alone; with settings by DHCPv6; or addresses by DHCPv6 too (RFC 8415). */
export type Ipv6Mode = 'slaac' | 'dhcpv6-stateless' | 'dhcpv6-stateful';
