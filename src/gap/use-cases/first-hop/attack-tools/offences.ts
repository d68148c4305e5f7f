/** What is wrong with a frame from an instance that is neither a router nor a server: pure, and blind to who sent it. */

import { type Address, linkLocalAddress, type Mac } from '../../../../addressing/index.ts';
import {
  DHCPV6_PORT,
  type Frame,
  type Icmpv6Message,
  type Ipv6Packet,
  isPartial,
  type NdOption,
  solicitedNode,
} from '../../../../packets/index.ts';
import type { Party } from './attack-tool.ts';

/** Who is on a network. */
export interface Cast {
  /** Who must not do wrong. */
  readonly attacker: Party;
  /** MAC addresses of all others; what comes from there is theirs. */
  readonly others: readonly Mac[];
}

/** ICMPv6 types that are none of an instance's business: MLD queries (RFC 2710) and what the guard's page tells. */
const FORBIDDEN_TYPES = new Map([
  [130, 'an MLD query'],
  [138, 'router renumbering'],
  [141, 'inverse discovery'],
  [151, 'a multicast router advertisement'],
  [152, 'a multicast router solicitation'],
  [153, 'a multicast router termination'],
]);

/**
 * Says in a few words what a received frame does wrong, if anything. What the attacker says of itself is right; a
 * redirect or a frame of a MAC address that nobody has is wrong, whoever sent it.
 */
export function offence(frame: Frame, { attacker, others }: Cast): string | undefined {
  const { network } = frame;
  const message =
    network.kind === 'ipv6' && network.upper.kind === 'icmpv6' ? network.upper.message : undefined;
  if (message?.kind === 'redirect') return 'a redirect';
  if (others.some((mac) => mac.equals(frame.source))) return undefined;
  if (!frame.source.equals(attacker.mac)) return "a MAC address of nobody's";
  if (network.kind !== 'ipv6') return undefined;
  const says = message && wrongMessage(message, network, attacker);
  return says ?? wrongSource(network, attacker) ?? wrongFragment(network) ?? wrongDatagram(network);
}

function wrongMessage(
  message: Icmpv6Message,
  { source, destination, hopLimit }: Ipv6Packet,
  attacker: Party,
): string | undefined {
  switch (message.kind) {
    case 'router-advertisement':
      return 'a router advertisement';
    case 'other':
      return FORBIDDEN_TYPES.get(message.type);
    case 'neighbour-advertisement':
      if (!isOwn(message.target, attacker)) return "an advertisement of another's address";
      return wrongDiscovery(message.options, hopLimit, attacker);
    case 'neighbour-solicitation':
      // RFC 4861 section 7.1.1
      if (source.isUnspecified && !destination.equals(solicitedNode(message.target)))
        return 'a question whether an address is free, to whom it is not for';
      return wrongDiscovery(message.options, hopLimit, attacker);
    case 'router-solicitation':
      return wrongDiscovery(message.options, hopLimit, attacker);
    default:
      return undefined;
  }
}

function wrongDiscovery(options: readonly NdOption[], hopLimit: number, { mac }: Party): string | undefined {
  if (hopLimit !== 255) return 'Neighbour Discovery from off the link';
  const names = options.some((option) => 'mac' in option && !option.mac.equals(mac));
  return names ? "another's MAC address as an option" : undefined;
}

/** Who looks whether an address is free, asks for a router or joins a group may have no address yet. */
function wrongSource({ source, upper }: Ipv6Packet, attacker: Party): string | undefined {
  if (isOwn(source, attacker)) return undefined;
  if (source.isUnspecified && upper.kind === 'icmpv6') return undefined;
  return "another's source address";
}

/** A first fragment has to show what the packet is (RFC 7112), and Neighbour Discovery is none (RFC 6980). */
function wrongFragment({ source, extensions, upper }: Ipv6Packet): string | undefined {
  const fragment = extensions.find((header) => header.kind === 'fragment');
  if (fragment === undefined || !isPartial(fragment)) return undefined;
  if (source.isLinkLocal) return 'a fragment from a link-local address';
  const hides = fragment.offset === 0 && upper.kind === 'octets' && HEADERS.has(upper.protocol);
  return hides ? 'a first fragment that hides what it is' : undefined;
}

/** Protocol numbers of extension headers: hop-by-hop, routing, fragment, destination options. */
const HEADERS = new Set([0, 43, 44, 60]);

function wrongDatagram({ upper }: Ipv6Packet): string | undefined {
  if (upper.kind !== 'udp') return undefined;
  const { sourcePort, destinationPort } = upper.datagram;
  const ofServer = sourcePort === DHCPV6_PORT.server || destinationPort === DHCPV6_PORT.client;
  return ofServer ? "a DHCPv6 server's message" : undefined;
}

const isOwn = (address: Address, { mac, address: own }: Party): boolean =>
  address.equals(own) || address.equals(linkLocalAddress(mac));
