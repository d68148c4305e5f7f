/**
 * What a host must know of networks and ports beyond what OVN makes of them. It travels with OVN's own rows: as JSON
 * in `external_ids` of the logical switch ports, which northd copies to the southbound database that every host
 * reads. So hosts need no channel of their own, and go on when the service is away.
 */
import { Address, type Family, type Ipv6Mode, Mac, Prefix } from '../addressing/index.ts';

/** Key in external_ids of the logical switch ports. */
export const FACTS_KEY = 'sextant:facts';

/** An address that a port was given. */
export interface FixedAddress {
  readonly address: Address;
  readonly subnetId: string;
}

/** What a host must know of a port, an instance's or a router's. */
export interface PortFacts {
  readonly mac: Mac;
  readonly projectId: string;
  /** What the VIM calls the instance that the port belongs to; empty for none. */
  readonly deviceId: string;
  readonly fixedIps: readonly FixedAddress[];
  /** A port of one of Sextant's own routers; `role` is about instances. */
  readonly isRouterPort: boolean;
  /** Who sends the router advertisements of a router port: OVN, or the hosts for what it cannot say; null for nobody. */
  readonly advertiser: 'ovn' | 'host' | null;
  /** `router`: the instance may advertise itself as a router, and send what others sent. */
  readonly role: 'host' | 'router';
  /** Whether sources that are not the port's are dropped. */
  readonly portSecurity: boolean;
  /**
   * Prefixes in which the port may use any address that no other port has (RFC 8981, RFC 7217): /64 of SLAAC subnets
   * and fe80::/64. Empty under the policy `strict`.
   */
  readonly openPrefixes: readonly Prefix[];
  /** Further sources that the port may use; without a MAC address with its own. */
  readonly allowedAddressPairs: readonly { readonly mac: Mac | undefined; readonly prefix: Prefix }[];
  /** What hosts are to forget of addresses that its instance took; null when nothing ever was. */
  readonly learnedReset: LearnedReset | null;
  /** Prefixes that are delegated to its instance (RFC 8415 section 6.3). */
  readonly delegatedPrefixes: readonly Prefix[];
  /** The anycast addresses that its instance serves, and how it is asked for them. */
  readonly healthChecks: readonly HealthCheckFacts[];
  /** Of a router's gateway: by which IPv4 is reached from behind the router. */
  readonly nat64Prefixes: readonly Prefix[];
  /** Of a router's gateway: floating IPs that stand for addresses of the other version of IP. */
  readonly translatedFloatingIps: readonly TranslatedFloatingIp[];
  /** Of a router's gateway that translates between versions of IP: the hosts that stand by for it, by their names in OVN. */
  readonly gatewayHosts: readonly string[];
  /** Of a port of a router: prefixes behind it, and what stands for them outside. */
  readonly prefixTranslations: readonly PrefixTranslation[];
  /** Of a router's gateway: the prefixes that its host asks a provider for; null for none. */
  readonly delegation: DelegationFacts | null;
  /**
   * What its host answers for on another network, or as the host of a router's gateway on this one: floating IPs, and the
   * gateway's own addresses.
   */
  readonly announced: readonly AnnouncedAddress[];
  /** Further ports that its instance uses, each by frames with a VLAN of its own. */
  readonly subports: readonly SubportFacts[];
  /**
   * Of a router's interface: the prefixes behind its router, where what comes from elsewhere must answer what instances
   * sent; null where it need not.
   */
  readonly egressOnly: readonly Prefix[] | null;
  /** What of its IPv6 is asked for outside all the same: addresses with floating IPs, and ports that are forwarded to. */
  readonly exposed: readonly ExposedAddress[];
  /** How many packets its instance may send and get. */
  readonly packetLimits: PacketLimits;
  /** Host name without domain; empty for none. */
  readonly hostname: string;
  /** Domain, without a dot at the end, in which it is known beside that of its network; empty for none. */
  readonly domain: string;
  /** `extra_dhcp_opts`: options by Neutron's names (those of dnsmasq) or `option6:` numbers. */
  readonly dhcpOptions: readonly { readonly name: string; readonly value: string; readonly family: Family }[];
}

/** An address that is reached from outside by another one; of some ports alone where a protocol is said. */
export interface ExposedAddress {
  readonly address: Address;
  readonly protocol?: 'tcp' | 'udp';
  readonly firstPort?: number;
  readonly lastPort?: number;
}

/** By what its instance sends (`egress`) and gets; without limits where none is given. */
export type PacketLimits = Readonly<Partial<Record<'egress' | 'ingress', PacketLimit>>>;

/** In packets. */
export interface PacketLimit {
  /** In a second. */
  readonly rate: number;
  /** At once, after a pause. */
  readonly burst: number;
}

/** A floating IP that the host of its router's gateway translates. */
export interface TranslatedFloatingIp {
  readonly floating: Address;
  /** As it is between router and translator. */
  readonly routed: Address;
  /** The instance's address, of the other version. */
  readonly fixed: Address;
  /** By which those outside are known to an instance with IPv6; null for one of IPv4. */
  readonly prefix: Prefix | null;
}

/** A prefix behind a router and the one that stands for it outside (RFC 6296), as long as it is. */
export interface PrefixTranslation {
  readonly internal: Prefix;
  readonly external: Prefix;
}

/** A port that is used by way of another one. */
export interface SubportFacts {
  readonly portId: string;
  readonly mac: Mac;
  readonly vlan: number;
}

/** What the host of a router's gateway asks a provider for (RFC 8415 section 6.3), and what the router has of it. */
export interface DelegationFacts {
  readonly routerId: string;
  /** Identity associations, and how long their prefixes had best be; none when all is to be given back. */
  readonly associations: readonly { readonly iaid: number; readonly length: number }[];
  /** Seconds since 1970; null for ever. */
  readonly leases: readonly {
    readonly iaid: number;
    readonly prefix: Prefix;
    readonly preferredUntil: number | null;
    readonly validUntil: number | null;
  }[];
  /** The DUID of the server that gave them, in hexadecimal; empty when none is known. */
  readonly server: string;
}

/** An address that a host answers for, and where. */
export interface AnnouncedAddress {
  readonly address: Address;
  readonly mac: Mac;
  readonly networkId: string;
  readonly physicalNetwork: string;
  /** Null where it is untagged. */
  readonly vlan: number | null;
  /** Whether an instance behind the router has it, and the host answers for that. */
  readonly isProxied: boolean;
}

/** When it changes, hosts forget what the port's instance took, but for what was kept then. */
export interface LearnedReset {
  /** Grows each time. */
  readonly serial: number;
  readonly kept: readonly Address[];
}

/** How a member of an anycast address is asked for it. Times are seconds. */
export interface HealthCheckFacts {
  /** Of the anycast address. */
  readonly id: string;
  readonly address: Address;
  readonly type: 'icmp' | 'tcp';
  /** The TCP port. */
  readonly port?: number;
  readonly interval: number;
  readonly timeout: number;
  /** Failures in a row after which a member is not healthy any more. */
  readonly fall: number;
  /** Answers in a row after which it is again. */
  readonly rise: number;
}

/** In seconds; 0xffffffff has no end. */
export interface Lifetimes {
  readonly preferred: number;
  readonly valid: number;
}

/** What a host must know of a subnet. */
export interface SubnetFacts {
  readonly id: string;
  readonly prefix: Prefix;
  readonly gateway: Address | undefined;
  readonly enableDhcp: boolean;
  readonly raMode: Ipv6Mode | null;
  readonly addressMode: Ipv6Mode | null;
  readonly dnsServers: readonly Address[];
  /** Domains to search, without a dot at the end; empty for the network's own. */
  readonly searchDomains: readonly string[];
  readonly routes: readonly { readonly destination: Prefix; readonly nexthop: Address }[];
  /** Of addresses by DHCPv6 (RFC 8415). */
  readonly leaseTime: Lifetimes;
  /** Of the prefix in router advertisements (RFC 4861). */
  readonly prefixTime: Lifetimes;
  /** When the prefix ends that a provider has delegated, in seconds since 1970, null for never; null for any other. */
  readonly prefixEnd: { readonly preferred: number | null; readonly valid: number | null } | null;
  /** Of the router as a default router (RFC 4191). */
  readonly routerPreference: 'high' | 'medium' | 'low';
  /** Seconds as a default router. */
  readonly routerLifetime: number;
  /** Whether instances had rather ask for a prefix of their own than form addresses (RFC 9762). */
  readonly prefersDelegation: boolean;
  /** Where NAT64 is (RFC 8781). */
  readonly pref64: Prefix | undefined;
}

/** How a network is carried by tunnels that it has for itself. */
export interface OverlayFacts {
  readonly kind: 'vxlan' | 'gre';
  /** VXLAN network identifier (RFC 7348), or the key of GRE (RFC 2890). */
  readonly key: number;
}

/** The name of the logical port that leads a network out of OVN. */
export const localnetPortName = (networkId: string): string => `${LOCALNET_PREFIX}${networkId}`;

/** The network that such a port is of. */
export const networkOfLocalnet = (name: string): string | undefined =>
  name.startsWith(LOCALNET_PREFIX) ? name.slice(LOCALNET_PREFIX.length) : undefined;

const LOCALNET_PREFIX = 'provnet-';

/** What a host must know of a network: it travels with the network's service port. */
export interface NetworkFacts {
  readonly id: string;
  /** Of the service port. */
  readonly mac: Mac;
  /** Bytes of the largest IP packet. */
  readonly mtu: number;
  /** Whether it goes on outside of Sextant, where stations are that nobody knows. */
  readonly isPhysical: boolean;
  /** The tunnels between hosts that it has for itself; null where OVN carries it, or nothing leaves the host. */
  readonly overlay: OverlayFacts | null;
  /** Whether frames with tags (802.1Q) of its instances' own go over it. */
  readonly vlanTransparent: boolean;
  /** DNS domain of its ports, without a dot at the end; empty for none. */
  readonly dnsDomain: string;
  /** DNS servers to ask for other names: none for those that the host has been told, the unspecified address for nobody. */
  readonly dnsForwarders: readonly Address[];
  /** By which IPv4 is reached; undefined on networks that are not IPv6-mostly. */
  readonly nat64Prefix: Prefix | undefined;
  readonly subnets: readonly SubnetFacts[];
  /** Prefixes that its routers advertised and no longer do; until when to say so, in seconds since 1970. */
  readonly retiredPrefixes: readonly { readonly prefix: Prefix; readonly until: number }[];
  /** Routers' ports that advertised themselves and, unless they still do, have left; likewise. */
  readonly retiredRouters: readonly RetiredRouter[];
}

/** A router's port that advertised itself, as it was then. */
export interface RetiredRouter {
  readonly mac: Mac;
  readonly fixedIps: readonly FixedAddress[];
  /** Seconds since 1970. */
  readonly until: number;
}

/** The smallest MTU of a link that carries IPv6 (RFC 8200 section 5). */
const IPV6_MTU = 1280;

/** Whether a network can carry IPv6: Linux has none on a device with a smaller MTU. */
export const carriesIpv6 = ({ mtu }: Pick<NetworkFacts, 'mtu'>): boolean => mtu >= IPV6_MTU;

/** Facts that are not as they are written: of another release, or changed by hand. */
export class FactsError extends Error {
  override readonly name = 'FactsError';
}

/** The facts of a port as text, for `external_ids`. Equal facts give equal text. */
export function encodePortFacts(facts: PortFacts): string {
  return JSON.stringify(facts);
}

/** @throws FactsError */
export function decodePortFacts(text: string): PortFacts {
  return decoding(text, (json: Written<PortFacts>) => ({
    ...json,
    mac: Mac.parse(json.mac),
    fixedIps: json.fixedIps.map(fixedAddress),
    openPrefixes: json.openPrefixes.map(prefix),
    allowedAddressPairs: json.allowedAddressPairs.map((pair) => ({
      mac: pair.mac === undefined ? undefined : Mac.parse(pair.mac),
      prefix: prefix(pair.prefix),
    })),
    // Services before this fact did not say.
    learnedReset:
      json.learnedReset == null ? null : { ...json.learnedReset, kept: json.learnedReset.kept.map(address) },
    delegatedPrefixes: json.delegatedPrefixes.map(prefix),
    healthChecks: json.healthChecks.map((check) => ({ ...check, address: address(check.address) })),
    // Services before these facts did not say.
    nat64Prefixes: (json.nat64Prefixes ?? []).map(prefix),
    translatedFloatingIps: (json.translatedFloatingIps ?? []).map((one) => ({
      floating: address(one.floating),
      routed: address(one.routed),
      fixed: address(one.fixed),
      prefix: one.prefix === null ? null : prefix(one.prefix),
    })),
    gatewayHosts: json.gatewayHosts ?? [],
    prefixTranslations: (json.prefixTranslations ?? []).map(({ internal, external }) => ({
      internal: prefix(internal),
      external: prefix(external),
    })),
    subports: (json.subports ?? []).map((one) => ({ ...one, mac: Mac.parse(one.mac) })),
    egressOnly: json.egressOnly == null ? null : json.egressOnly.map(prefix),
    exposed: (json.exposed ?? []).map((one) => ({ ...one, address: address(one.address) })),
    packetLimits: json.packetLimits ?? {},
    domain: json.domain ?? '',
    delegation:
      json.delegation == null
        ? null
        : {
            ...json.delegation,
            leases: json.delegation.leases.map((lease) => ({ ...lease, prefix: prefix(lease.prefix) })),
          },
    announced: (json.announced ?? []).map((one) => ({
      ...one,
      isProxied: one.isProxied ?? false,
      address: address(one.address),
      mac: Mac.parse(one.mac),
    })),
  }));
}

/** The facts of a network as text, for `external_ids`. Equal facts give equal text. */
export function encodeNetworkFacts(facts: NetworkFacts): string {
  return JSON.stringify(facts);
}

/** @throws FactsError */
export function decodeNetworkFacts(text: string): NetworkFacts {
  return decoding(text, (json: Written<NetworkFacts>) => ({
    ...json,
    // Services before this fact did not say.
    isPhysical: json.isPhysical ?? false,
    overlay: json.overlay ?? null,
    vlanTransparent: json.vlanTransparent ?? false,
    mac: Mac.parse(json.mac),
    dnsForwarders: json.dnsForwarders.map(address),
    nat64Prefix: json.nat64Prefix === undefined ? undefined : prefix(json.nat64Prefix),
    subnets: json.subnets.map((subnet) => ({
      ...subnet,
      prefix: prefix(subnet.prefix),
      prefixEnd: subnet.prefixEnd ?? null,
      prefersDelegation: subnet.prefersDelegation ?? false,
      gateway: subnet.gateway === undefined ? undefined : address(subnet.gateway),
      dnsServers: subnet.dnsServers.map(address),
      pref64: subnet.pref64 === undefined ? undefined : prefix(subnet.pref64),
      routes: subnet.routes.map(({ destination, nexthop }) => ({
        destination: prefix(destination),
        nexthop: address(nexthop),
      })),
    })),
    retiredPrefixes: json.retiredPrefixes.map(({ prefix: text, until }) => ({ prefix: prefix(text), until })),
    // Nor these.
    retiredRouters: (json.retiredRouters ?? []).map(({ mac, fixedIps, until }) => ({
      mac: Mac.parse(mac),
      fixedIps: fixedIps.map(fixedAddress),
      until,
    })),
  }));
}

/** How facts look in JSON: addresses, prefixes and MAC addresses as text. */
type Written<T> = T extends Address | Mac | Prefix
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Written<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Written<T[Key]> }
      : T;

const address = (text: string): Address => Address.parse(text);
const prefix = (text: string): Prefix => Prefix.parse(text);
const fixedAddress = ({ address, subnetId }: Written<FixedAddress>): FixedAddress => ({
  address: Address.parse(address),
  subnetId,
});

function decoding<Text, Facts>(text: string, convert: (json: Text) => Facts): Facts {
  try {
    return convert(JSON.parse(text) as Text);
  } catch (error) {
    throw new FactsError(`these facts cannot be read: ${text}`, { cause: error });
  }
}
