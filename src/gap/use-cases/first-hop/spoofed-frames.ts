/** Frames by which a station calls itself what it is, and what it is not. */

import { Address, linkLocalAddress, Mac } from '../../../addressing/index.ts';
import {
  ALL_NODES,
  type Frame,
  frame,
  type Icmpv6Message,
  icmpv6,
  ipv4,
  ipv6,
  multicastMac,
  solicitedNode,
  udp,
} from '../../../packets/index.ts';

/** What the port of a station has. */
export interface Station {
  readonly mac: Mac;
  readonly address: Address;
  readonly address4: Address;
}

/** A frame, and what it says about its sender. */
export interface SenderClaim {
  readonly what: string;
  readonly frame: Frame;
}

const claim = (what: string, frame: Frame): SenderClaim => ({ what, frame });

const PORT = 7015;
/** Addresses of the network that nobody has. */
const UNUSED: Station = {
  mac: Mac.parse('02:00:00:00:00:15'),
  address: Address.parse('fd15::dead'),
  address4: Address.parse('10.15.0.222'),
};
/** Nobody has it: the switch answers solicitations for addresses that it knows, and passes on the others. */
const SOUGHT = Address.parse('fd15::beef');
const OFF_LINK = Address.parse('fd99::1');
const UNSPECIFIED = Address.parse('::');
const LOOPBACK = Address.parse('::1');

/** A datagram to a station; its addresses say that it is from `mac` and `source`. */
export const datagram = (mac: Mac, source: Address, to: Station): Frame => {
  const payload = udp(PORT, PORT, new TextEncoder().encode('from whom?'));
  const packet = source.family === 6 ? ipv6(source, to.address, payload) : ipv4(source, to.address4, payload);
  return frame(mac, to.mac, packet);
};

/** What a station may say to another. */
export function trueClaims(sender: Station, to: Station): SenderClaim[] {
  const { mac, address, address4 } = sender;
  return [
    claim('a datagram', datagram(mac, address, to)),
    claim('a datagram, link-local', datagram(mac, linkLocalAddress(mac), to)),
    claim('a datagram over IPv4', datagram(mac, address4, to)),
    claim('an ARP reply', arpReply(mac, mac, address4, to)),
    claim('a solicitation', solicitation(mac, address)),
    claim('an advertisement', advertisement(mac, address, address, mac)),
  ];
}

/** What an IPv6 address that nobody has is, in false claims, where instances may take those of their prefixes. */
export const ELSEWHERE = Address.parse('fd98::dead');

/**
 * What a station must not say to another, by what is wrong with it.
 * @param unused an IPv6 address that nobody has and the station may not take
 */
export function falseClaims(
  sender: Station,
  to: Station,
  bystander: Station,
  router: Pick<Station, 'mac' | 'address'>,
  unused: Address = UNUSED.address,
): Record<string, SenderClaim[]> {
  const { mac, address, address4 } = sender;
  const linkLocal = (station: Pick<Station, 'mac'>): Address => linkLocalAddress(station.mac);
  const from = (what: string, source: Address): SenderClaim => claim(what, datagram(mac, source, to));
  const as = (what: string, foreign: Mac, source: Address): SenderClaim =>
    claim(what, datagram(foreign, source, to));
  return {
    'wrong IPv6 source': [
      from('an unused address', unused),
      from("the bystander's", bystander.address),
      from("the bystander's link-local", linkLocal(bystander)),
      from("the router's", router.address),
      from("the router's link-local", linkLocal(router)),
      from("the receiver's own", to.address),
      from('one of another prefix', OFF_LINK),
      from('none', UNSPECIFIED),
      from('loopback', LOOPBACK),
      from('all nodes', ALL_NODES),
    ],
    'wrong source MAC': [
      as("the bystander's", bystander.mac, address),
      as("the router's", router.mac, address),
      as('an unused one', UNUSED.mac, address),
    ],
    'both wrong': [
      as("the bystander's", bystander.mac, bystander.address),
      as("the bystander's link-local", bystander.mac, linkLocal(bystander)),
      as("the router's", router.mac, linkLocal(router)),
      as('unused ones', UNUSED.mac, unused),
    ],
    'wrong addresses in Neighbour Discovery': [
      claim('a solicitation from an unused address', solicitation(mac, unused)),
      claim("a solicitation from the bystander's", solicitation(mac, bystander.address)),
      claim("a solicitation from the bystander's MAC", solicitation(bystander.mac, address)),
      claim(
        "an advertisement of the bystander's address",
        advertisement(mac, address, bystander.address, mac),
      ),
      claim(
        "an advertisement of and from the bystander's address",
        advertisement(mac, bystander.address, bystander.address, mac),
      ),
      claim(
        "an advertisement of the router's address",
        advertisement(mac, linkLocal(sender), linkLocal(router), mac),
      ),
      claim(
        "an advertisement with the bystander's MAC as an option",
        advertisement(mac, address, address, bystander.mac),
      ),
    ],
    'wrong IPv4 source, and ARP': [
      from('an unused address', UNUSED.address4),
      from("the bystander's", bystander.address4),
      as("the bystander's MAC", bystander.mac, address4),
      claim("an ARP reply for the bystander's", arpReply(mac, mac, bystander.address4, to)),
      claim("an ARP reply with the bystander's MAC", arpReply(mac, bystander.mac, address4, to)),
    ],
  };
}

/** What a station says when it takes an address, or has it. */
export const addressClaims = (mac: Mac, taken: Address, to: Station): SenderClaim[] => [
  claim('a datagram', datagram(mac, taken, to)),
  claim('a solicitation from there', solicitation(mac, taken)),
  claim('an advertisement', advertisement(mac, taken, taken, mac)),
];

/** By which a station looks whether its address is free (RFC 4862 section 5.4.2). */
export const ownAddressClaim = ({ mac, address: target }: Pick<Station, 'mac' | 'address'>): SenderClaim =>
  claim(
    'whether its own address is free',
    discovery(mac, UNSPECIFIED, solicitedNode(target), {
      kind: 'neighbour-solicitation',
      target,
      options: [],
    }),
  );

/** What even a port without port security must not say: from its own MAC address, that it has another. */
export const falseOption = ({ mac, address }: Station, bystander: Station): SenderClaim =>
  claim("a solicitation with the bystander's MAC as an option", solicitation(mac, address, bystander.mac));

const discovery = (mac: Mac, source: Address, group: Address, message: Icmpv6Message): Frame =>
  frame(mac, multicastMac(group), ipv6(source, group, icmpv6(message), { hopLimit: 255 }));

const solicitation = (mac: Mac, source: Address, option = mac): Frame =>
  discovery(mac, source, solicitedNode(SOUGHT), {
    kind: 'neighbour-solicitation',
    target: SOUGHT,
    options: [{ kind: 'source-link-layer-address', mac: option }],
  });

const advertisement = (mac: Mac, source: Address, target: Address, option: Mac): Frame =>
  discovery(mac, source, ALL_NODES, {
    kind: 'neighbour-advertisement',
    router: false,
    solicited: false,
    override: true,
    target,
    options: [{ kind: 'target-link-layer-address', mac: option }],
  });

const arpReply = (mac: Mac, senderMac: Mac, sender: Address, to: Station): Frame =>
  frame(mac, to.mac, {
    kind: 'arp',
    message: { operation: 'reply', senderMac, sender, targetMac: to.mac, target: to.address4 },
  });
