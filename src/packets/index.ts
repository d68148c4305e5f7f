/**
 * Frames and packets: codecs from Ethernet to the messages of Neighbour Discovery, MLD, DHCPv6 and DNS, and all
 * protocol numbers. What goes in are values, what comes out are octets, and the other way round. Pure.
 *
 * Begin with `frame.ts`, which puts the layers together; a file a protocol has the rest.
 */

export { ARP_OPERATION } from './arp.ts';
export { transportChecksum } from './checksum.ts';
export { describeFrame } from './describe.ts';
export {
  DHCPV4_OPTION,
  DHCPV4_TYPE,
  type Dhcpv4Message,
  decodeDhcpv4,
  encodeDhcpv4,
} from './dhcpv4.ts';
export {
  ALL_DHCPV6_SERVERS,
  DHCPV6_INFINITY,
  DHCPV6_STATUS,
  DHCPV6_TYPE,
  type Dhcpv6Message,
  decodeDhcpv6,
  duidOfMac,
  encodeDhcpv6,
} from './dhcpv6.ts';
export { namedDhcpv6Option } from './dhcpv6-named-options.ts';
export {
  DHCPV6_OPTION,
  type Dhcpv6Option,
  type Dhcpv6OptionOf,
  encodeDhcpv6Options,
  findOption,
  optionsOfKind,
} from './dhcpv6-options.ts';
export {
  DNS_CLASS_IN,
  DNS_CODE,
  DNS_FLAG,
  DNS_HEADER_LENGTH,
  DNS_TYPE,
  type DnsAnswer,
  type DnsQuery,
  type DnsRecord,
  decodeDnsQuery,
  encodeDnsAnswer,
  encodeDnsQuestion,
  encodeFormatError,
  encodeTruncated,
  udpLimit,
} from './dns.ts';
export { type DnsReading, readDnsAnswer } from './dns-answers.ts';
export { dnsLifetimes } from './dns-lifetimes.ts';
export { decodeTag, ETHER_TYPE, encodeTag, vlanTags } from './ethernet.ts';
export { fragmentIpv6 } from './fragments.ts';
export {
  decodeFrame,
  encodeFrame,
  encodeIpv6Packet,
  type Frame,
  frame,
  type Ipv6Packet,
  icmpv6,
  ipv4,
  ipv6,
  tcpSyn,
  udp,
} from './frame.ts';
export { type FrameNode, frameTree } from './frame-tree.ts';
export { ICMPV4_TYPE } from './icmpv4.ts';
export {
  encodeIcmpv6,
  ICMPV6_TYPE,
  type Icmpv6Message,
  type NeighbourAdvertisement,
  type NeighbourSolicitation,
  type RouterAdvertisement,
} from './icmpv6.ts';
export { IP_PROTOCOL } from './ip-protocol.ts';
export { type ExtensionHeader, isPartial } from './ipv6-extensions.ts';
export { ALL_NODES, ALL_ROUTERS, BROADCAST_MAC, multicastMac, solicitedNode } from './multicast.ts';
export { INFINITE_LIFETIME, type NdOption, type Preference } from './nd-options.ts';
export { decodeTunnel, TUNNEL_PORT, TUNNEL_TRAFFIC, type Tunnelled } from './tunnel.ts';
export { DHCPV4_PORT, DHCPV6_PORT, DNS_PORT } from './udp-ports.ts';
export type { UpperLayer } from './upper-layer.ts';
export { addressOctets, concat, PacketError, u8, u16, u32 } from './wire.ts';
