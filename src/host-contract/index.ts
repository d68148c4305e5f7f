/**
 * What the service and its hosts agree on. It is all that either knows of the other: a host may be of another release
 * than the service, so what is written here is a format, and changes like one. Pure.
 *
 * Down to the hosts go facts about ports and networks, as text in `external_ids` of OVN's rows; up to the service go
 * requests of the hosts' API.
 *
 * Begin with `facts.ts`, then `host-api.ts`; `service-port.ts` has names and addresses of what hosts serve on each
 * network.
 */
export type { BgpOrder, BgpOrderPeer } from './bgp-order.ts';
export { dhcpv4Settings } from './dhcpv4-settings.ts';
export { dhcpv6Gives } from './dhcpv6-mode.ts';
export { dnsServersOf } from './dns-servers.ts';
export {
  CAN_ENCRYPT,
  type Encryption,
  type EncryptionOrder,
  type HostAuthority,
  LONGEST_ENCRYPTION_REASON,
} from './encryption.ts';
export {
  type AnnouncedAddress,
  carriesIpv6,
  type DelegationFacts,
  decodeNetworkFacts,
  decodePortFacts,
  type ExposedAddress,
  encodeNetworkFacts,
  encodePortFacts,
  FACTS_KEY,
  FactsError,
  type HealthCheckFacts,
  type LearnedReset,
  type Lifetimes,
  localnetPortName,
  type NetworkFacts,
  networkOfLocalnet,
  type OverlayFacts,
  type PacketLimits,
  type PortFacts,
  type PrefixTranslation,
  type RetiredRouter,
  type SubnetFacts,
  type SubportFacts,
  type TranslatedFloatingIp,
} from './facts.ts';
export {
  HOST_API,
  HOST_IS_READY,
  HOST_SOCKET,
  LONGEST_LOG_LINE,
  METRICS_EVERY_MS,
  MOST_LOG_LINES,
  MOST_PEERS,
  PORT_HEADER,
} from './host-api.ts';
export { formatJoinToken, HOST_NAME, type JoinToken, parseJoinToken } from './join-token.ts';
export { NAT64_ADDRESS, NAT64_CLIENTS, nat64Mac, nat64PortName, routedAddress } from './nat64-port.ts';
export {
  NPTV6_LENGTH,
  NPTV6_ROUTER,
  NPTV6_TRANSLATOR,
  nptv6Mac,
  nptv6PortName,
  routerOfNptv6Port,
} from './nptv6-port.ts';
export { portOfResident, residentName } from './resident-port.ts';
export {
  localMac,
  SERVICE_ADDRESS,
  SERVICE_ADDRESS_V4,
  SERVICE_LINK_LOCAL,
  SERVICE_MAC_BEGIN,
  SERVICE_PORT_PREFIX,
  SERVICE_PREFIX,
  serviceMac,
  servicePortName,
} from './service-port.ts';
