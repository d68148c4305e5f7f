/** Neighbour Discovery and DHCP as an instance must not send them: in the name of others, or as if it were a server. */

import { Address, linkLocalAddress, type Mac } from '../../../addressing/index.ts';
import {
  ALL_NODES,
  ALL_ROUTERS,
  BROADCAST_MAC,
  concat,
  DHCPV6_PORT,
  type Dhcpv6Message,
  duidOfMac,
  type ExtensionHeader,
  encodeDhcpv6,
  encodeIcmpv6,
  type Frame,
  fragmentIpv6,
  frame,
  type Icmpv6Message,
  IP_PROTOCOL,
  type Ipv6Packet,
  icmpv6,
  ipv4,
  ipv6,
  multicastMac,
  type NeighbourAdvertisement,
  type NeighbourSolicitation,
  solicitedNode,
  u8,
  u16,
  udp,
} from '../../../packets/index.ts';
import type { Attack, Attacks } from './attacks.ts';
import { routerMessages } from './router-messages.ts';
import type { Station } from './spoofed-frames.ts';

/** Nobody has it: the switch answers solicitations for addresses that it knows, and passes on the others. */
const SOUGHT = Address.parse('fd21::beef');
const UNSPECIFIED = Address.parse('::');
const DESTINATION_OPTIONS: ExtensionHeader = { kind: 'destination-options', options: [] };
const IDENTIFICATION = 0x21;
/** Of a train whose second fragment is otherwise that of another. */
const ANOTHER = IDENTIFICATION + 1;
/** A relay agent's message and the option in it (RFC 8415 sections 7.3 and 21.10). */
const [RELAY_REPLY, RELAY_MESSAGE] = [13, 9];
/** DHCPv4 (RFC 2131). */
const DHCPV4_PORT = { server: 67, client: 68 } as const;

type RouterStation = Pick<Station, 'mac' | 'address'>;

const advertisement = (target: Address, ...macs: readonly Mac[]): NeighbourAdvertisement => ({
  kind: 'neighbour-advertisement',
  router: false,
  solicited: true,
  override: true,
  target,
  options: macs.map((mac) => ({ kind: 'target-link-layer-address', mac })),
});

const solicitation = (target: Address, ...macs: readonly Mac[]): NeighbourSolicitation => ({
  kind: 'neighbour-solicitation',
  target,
  options: macs.map((mac) => ({ kind: 'source-link-layer-address', mac })),
});

/** A message with the right hop limit, to a multicast group. */
const toGroup = (mac: Mac, source: Address, group: Address, message: Icmpv6Message, hopLimit = 255): Frame =>
  frame(mac, multicastMac(group), ipv6(source, group, icmpv6(message), { hopLimit }));

/** What a station may say of itself. */
export function ownDiscovery({ mac, address }: Station, to: Station): Attack {
  const advertised = advertisement(address, mac);
  return {
    what: 'its own Neighbour Discovery',
    frames: [
      toGroup(mac, address, ALL_NODES, { ...advertised, solicited: false }),
      frame(mac, to.mac, ipv6(address, to.address, icmpv6(advertised), { hopLimit: 255 })),
      toGroup(mac, address, solicitedNode(SOUGHT), solicitation(SOUGHT, mac)),
      toGroup(mac, address, solicitedNode(SOUGHT), solicitation(SOUGHT)),
    ],
  };
}

/** By which a station looks whether its address is free. */
export const ownAddressAttack = ({ mac, address }: Pick<Station, 'mac' | 'address'>): Attack => ({
  what: 'whether its address is free',
  frames: [questionAbout(mac, address)],
});

/** What a station must not send to another, by its kind. */
export function spoofedDiscovery(
  sender: Station,
  to: Station,
  bystander: Station,
  router: RouterStation,
): Attacks {
  const { mac, address, address4 } = sender;
  const own = linkLocalAddress(mac);
  const toLinkLocal = linkLocalAddress(to.mac);
  const routerLinkLocal = linkLocalAddress(router.mac);
  const one = (what: string, sent: Frame): Attack => ({ what, frames: [sent] });
  const toAll = (what: string, source: Address, message: Icmpv6Message, hopLimit = 255): Attack =>
    one(what, toGroup(mac, source, ALL_NODES, message, hopLimit));
  const toOne = (what: string, source: Address, message: Icmpv6Message): Attack =>
    one(what, frame(mac, to.mac, ipv6(source, to.address, icmpv6(message), { hopLimit: 255 })));
  const seeking = (what: string, source: Address, message: NeighbourSolicitation, hopLimit = 255): Attack =>
    one(what, toGroup(mac, source, solicitedNode(message.target), message, hopLimit));
  const toAnotherGroup = (what: string, target: Address): Attack => {
    const group = solicitedNode(SOUGHT);
    return one(
      what,
      frame(mac, to.mac, ipv6(UNSPECIFIED, group, icmpv6(solicitation(target)), { hopLimit: 255 })),
    );
  };
  const redirect = (what: string, from: Mac, source: Address): Attack => {
    const message = {
      kind: 'redirect',
      target: own,
      destination: bystander.address,
      options: [{ kind: 'target-link-layer-address', mac }],
    } as const;
    return one(what, frame(from, to.mac, ipv6(source, toLinkLocal, icmpv6(message), { hopLimit: 255 })));
  };
  // OVN keeps those to all routers from other instances by itself.
  const seekingRouters = (source: Address): Frame =>
    toGroup(mac, source, ALL_NODES, {
      kind: 'router-solicitation',
      options: [{ kind: 'source-link-layer-address', mac }],
    });
  const ofBystander = advertisement(bystander.address, mac);
  const fragmented = (what: string, packet: Ipv6Packet, ...cuts: readonly number[]): Attack => {
    const fragments = fragmentIpv6(packet, cuts, { identification: IDENTIFICATION });
    const [first, ...others] = fragments.map((fragment) => frame(mac, to.mac, fragment));
    return { what, frames: [first!], rest: others };
  };
  const packet = (message: Icmpv6Message, extensions: readonly ExtensionHeader[] = []): Ipv6Packet =>
    ipv6(address, to.address, icmpv6(message), { hopLimit: 255, extensions });
  return {
    'advertisements of what others have': [
      toAll("the bystander's address", address, ofBystander),
      toOne("the bystander's, to the victim", address, ofBystander),
      toOne("the bystander's, without an option", address, advertisement(bystander.address)),
      toOne("the bystander's, from there", bystander.address, ofBystander),
      toAll("the bystander's link-local", own, advertisement(linkLocalAddress(bystander.mac), mac)),
      toAll("the router's link-local", own, { ...advertisement(routerLinkLocal, mac), router: true }),
      toAll("the router's", own, { ...advertisement(router.address, mac), router: true }),
      toAll("the victim's own", own, advertisement(to.address, mac)),
      toAll("the victim's own link-local", own, advertisement(toLinkLocal, mac)),
    ],
    'solicitations in the name of others': [
      seeking("from the bystander's address", bystander.address, solicitation(SOUGHT, mac)),
      seeking("from the router's link-local", routerLinkLocal, solicitation(SOUGHT, mac)),
      seeking("from the victim's own", to.address, solicitation(SOUGHT, mac)),
      toAll("whether the victim's address is free, to all nodes", UNSPECIFIED, solicitation(to.address)),
      one("for routers, from the bystander's", seekingRouters(bystander.address)),
      one("for routers, from the router's link-local", seekingRouters(routerLinkLocal)),
    ],
    "link-layer options that are not the sender's": [
      seeking("a solicitation with the bystander's", address, solicitation(SOUGHT, bystander.mac)),
      seeking("one with its own and the bystander's", address, solicitation(SOUGHT, mac, bystander.mac)),
      toAll("an advertisement with the bystander's", address, advertisement(address, bystander.mac)),
      toAll("one with its own and the bystander's", address, advertisement(address, mac, bystander.mac)),
    ],
    'duplicate address detection for what others have': [
      // A solicitation for an address belongs to the group of that address. Its owner is in other groups as well.
      toAnotherGroup("the victim's", to.address),
      toAnotherGroup("the victim's link-local", toLinkLocal),
      toAnotherGroup("the bystander's", bystander.address),
    ],
    redirects: [
      redirect('from its own address', mac, own),
      redirect("from the router's", mac, routerLinkLocal),
      redirect("from the router's MAC address too", router.mac, routerLinkLocal),
    ],
    'Neighbour Discovery with a hop limit below 255, or a code': [
      toAll("an advertisement of the bystander's, 64", address, ofBystander, 64),
      toAll("an advertisement of the bystander's, 0", address, ofBystander, 0),
      seeking('a solicitation, 254', address, solicitation(SOUGHT, mac), 254),
      one(
        'a router solicitation, 64',
        toGroup(mac, own, ALL_ROUTERS, { kind: 'router-solicitation', options: [] }, 64),
      ),
      toAll(
        "an advertisement of the bystander's, code 1",
        address,
        withCode(ofBystander, address, ALL_NODES),
      ),
    ],
    'Neighbour Discovery in fragments': [
      fragmented('an atomic fragment', packet(ofBystander)),
      fragmented('two fragments', packet(ofBystander), 16),
      fragmented('the ICMPv6 header in the second', packet(ofBystander, [DESTINATION_OPTIONS]), 8),
      fragmented('a solicitation', packet(solicitation(to.address, mac)), 16),
      {
        what: 'the second on top of the first',
        frames: [],
        rest: overlapping(address, to.address, ofBystander).map((part) => frame(mac, to.mac, part)),
      },
    ],
    ...routerMessages(sender, to),
    'DHCPv6 from a server': dhcpv6(mac, to),
    'DHCPv4 from a server': [
      one('an offer to all', dhcpv4(mac, address4, BROADCAST_MAC, BROADCAST, DHCPV4_PORT.server)),
      one('an offer to one', dhcpv4(mac, address4, to.mac, to.address4, DHCPV4_PORT.server)),
      one('an offer from another port', dhcpv4(mac, address4, to.mac, to.address4, 6700)),
    ],
  };
}

/** What denies a station its addresses while it looks whether anybody has them (RFC 4862 section 5.4). */
export function addressDenials({ mac }: Pick<Station, 'mac'>, victim: Station): Frame[] {
  return [victim.address, linkLocalAddress(victim.mac)].flatMap((target) => [
    claimOf(mac, target),
    toGroup(mac, target, ALL_NODES, { ...advertisement(target, mac), solicited: false }),
    questionAbout(mac, target),
  ]);
}

/** A station says, from its link-local address, that it has an address. */
export const claimOf = (mac: Mac, target: Address): Frame =>
  toGroup(mac, linkLocalAddress(mac), ALL_NODES, { ...advertisement(target, mac), solicited: false });

/** A station looks whether an address is free (RFC 4862 section 5.4.2). */
export const questionAbout = (mac: Mac, target: Address): Frame =>
  toGroup(mac, UNSPECIFIED, solicitedNode(target), solicitation(target));

/** Discovery of very many neighbours, and of the router: what a station may send, if not so much of it. */
export function discoveryFlood({ mac, address }: Station, router: RouterStation, count: number): Frame[] {
  const routerSolicitation = toGroup(mac, linkLocalAddress(mac), ALL_ROUTERS, {
    kind: 'router-solicitation',
    options: [],
  });
  const ofRouter = toGroup(mac, address, solicitedNode(router.address), solicitation(router.address, mac));
  return Array.from({ length: count }, (_, index) => {
    if (index % 10 === 0) return routerSolicitation;
    if (index % 10 === 5) return ofRouter;
    const target = SOUGHT.plus(index);
    return toGroup(mac, address, solicitedNode(target), solicitation(target, mac));
  });
}

/** The same message with a code, which receivers have to ignore (RFC 4861 section 7.1). */
function withCode(message: NeighbourAdvertisement, source: Address, destination: Address): Icmpv6Message {
  const body = encodeIcmpv6(message, source, destination).subarray(4);
  return { kind: 'other', type: 136, code: 1, body };
}

/** An echo request in the first fragment, and a message in the second that claims the same place (RFC 5722). */
function overlapping(source: Address, destination: Address, message: Icmpv6Message): Ipv6Packet[] {
  const echo = { kind: 'echo-request', identifier: 21, sequence: 1, data: new Uint8Array(16) } as const;
  const inoffensive = ipv6(source, destination, icmpv6(echo), {
    hopLimit: 255,
    extensions: [DESTINATION_OPTIONS],
  });
  const [first] = fragmentIpv6(inoffensive, [24], { identification: ANOTHER });
  const header: ExtensionHeader = { kind: 'fragment', offset: 8, more: false, identification: ANOTHER };
  const octets = encodeIcmpv6(message, source, destination);
  const upper = { kind: 'octets', protocol: IP_PROTOCOL.destinationOptions, octets } as const;
  return [first!, ipv6(source, destination, upper, { hopLimit: 255, extensions: [header] })];
}

function dhcpv6(mac: Mac, to: Station): Attack[] {
  const message = (type: Dhcpv6Message['type']): Uint8Array =>
    encodeDhcpv6({
      type,
      transaction: 0x21,
      options: [
        { kind: 'client-id', duid: duidOfMac(to.mac) },
        { kind: 'server-id', duid: duidOfMac(mac) },
        { kind: 'dns-servers', servers: [SOUGHT] },
      ],
    });
  const packet = (
    type: Dhcpv6Message['type'],
    source: number = DHCPV6_PORT.server,
    extensions: readonly ExtensionHeader[] = [],
  ): Ipv6Packet =>
    ipv6(linkLocalAddress(mac), linkLocalAddress(to.mac), udp(source, DHCPV6_PORT.client, message(type)), {
      extensions,
    });
  const relayed = concat(
    u8(RELAY_REPLY),
    new Uint8Array(33),
    u16(RELAY_MESSAGE),
    u16(4),
    message('reply').subarray(0, 4),
  );
  const relayReply = ipv6(
    linkLocalAddress(mac),
    linkLocalAddress(to.mac),
    udp(DHCPV6_PORT.server, DHCPV6_PORT.server, relayed),
  );
  const send = (what: string, ...packets: readonly Ipv6Packet[]): Attack => ({
    what,
    frames: packets.map((sent) => frame(mac, to.mac, sent)),
  });
  return [
    send('an advertise', packet('advertise')),
    send('a reply', packet('reply')),
    send('a reconfigure', packet('reconfigure')),
    send('a relay-reply', relayReply),
    send('a reply from another port', packet('reply', 5470)),
    send('a reply behind destination options', packet('reply', DHCPV6_PORT.server, [DESTINATION_OPTIONS])),
    send(
      'a reply with the UDP header in the second fragment',
      ...fragmentIpv6(packet('reply', DHCPV6_PORT.server, [DESTINATION_OPTIONS]), [8], {
        identification: IDENTIFICATION,
      }),
    ),
  ];
}

const BROADCAST = Address.parse('255.255.255.255');

/** A BOOTREPLY (RFC 951) without options. */
function dhcpv4(mac: Mac, source: Address, to: Mac, destination: Address, port: number): Frame {
  const reply = new Uint8Array(240);
  reply[0] = 2;
  return frame(mac, to, ipv4(source, destination, udp(port, DHCPV4_PORT.client, reply)));
}
