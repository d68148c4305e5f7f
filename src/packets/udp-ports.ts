/** Ports of what Sextant serves and guards (IANA "Service Name and Transport Protocol Port Number Registry"). */

export const DNS_PORT = 53;
export const DHCPV4_PORT = { client: 68, server: 67 } as const;
export const DHCPV6_PORT = { client: 546, server: 547 } as const;
