/**
 * Whole frames as plain data, from Ethernet to the upper layer: `encodeFrame` writes what `decodeFrame`
 * reads, lengths, checksums and protocol numbers included. The functions in small letters (`ipv6`, `udp`...)
 * fill in what a sender seldom cares about.
 */

import type { Address, Mac } from '../addressing/index.ts';
import { type ArpMessage, decodeArp, encodeArp } from './arp.ts';
import { decodeEthernet, ETHER_TYPE, encodeEthernet, type VlanTag } from './ethernet.ts';
import type { Icmpv6Message } from './icmpv6.ts';
import { decodeIpv4, encodeIpv4, type Ipv4Header } from './ipv4.ts';
import { decodeIpv6, encodeIpv6, type Ipv6Header } from './ipv6.ts';
import { decodeExtensions, type ExtensionHeader, encodeExtensions, isPartial } from './ipv6-extensions.ts';
import type { TcpSegment } from './tcp.ts';
import { decodeUpperLayer, encodeUpperLayer, type UpperLayer } from './upper-layer.ts';
import { PacketError } from './wire.ts';

export interface Ipv6Packet extends Ipv6Header {
  readonly kind: 'ipv6';
  readonly extensions: readonly ExtensionHeader[];
  readonly upper: UpperLayer;
}

export interface Ipv4Packet extends Ipv4Header {
  readonly kind: 'ipv4';
  readonly upper: UpperLayer;
}

/** What a frame carries. */
export type NetworkLayer =
  | Ipv6Packet
  | Ipv4Packet
  | { readonly kind: 'arp'; readonly message: ArpMessage }
  /** Another EtherType or (with the reason in `malformed`) what cannot be read. */
  | {
      readonly kind: 'octets';
      readonly etherType: number;
      readonly octets: Uint8Array;
      readonly malformed?: string;
    };

export interface Frame {
  readonly source: Mac;
  readonly destination: Mac;
  /** Outermost first. */
  readonly vlans: readonly VlanTag[];
  readonly network: NetworkLayer;
}

/**
 * The octets of a frame.
 * @throws PacketError when a value does not fit its field
 */
export function encodeFrame(frame: Frame): Uint8Array {
  const { etherType, octets } = encodeNetworkLayer(frame.network);
  return encodeEthernet({ ...frame, etherType }, octets);
}

/**
 * Reads a frame.
 * @throws PacketError only when the Ethernet header itself ends early
 */
export function decodeFrame(octets: Uint8Array): Frame {
  const { header, payload } = decodeEthernet(octets);
  const { source, destination, vlans } = header;
  return { source, destination, vlans, network: decodeNetworkLayer(header.etherType, payload) };
}

/** The octets of an IPv6 packet, without a link-layer header. */
export function encodeIpv6Packet(packet: Ipv6Packet): Uint8Array {
  const upper = encodeUpperLayer(packet.upper, packet.source, packet.destination);
  const { nextHeader, octets } = encodeExtensions(packet.extensions, upper.protocol, upper.octets);
  return encodeIpv6(packet, nextHeader, octets);
}

/**
 * Reads an IPv6 packet, for instance the one that an ICMPv6 error quotes.
 * @throws PacketError
 */
export function decodeIpv6Packet(octets: Uint8Array): Ipv6Packet {
  const { header, nextHeader, payload } = decodeIpv6(octets);
  const chain = decodeExtensions(nextHeader, payload);
  const upper: UpperLayer = chain.extensions.some(isPartial)
    ? { kind: 'octets', protocol: chain.upper, octets: chain.payload }
    : decodeUpperLayer(chain.upper, chain.payload);
  return { kind: 'ipv6', ...header, extensions: chain.extensions, upper };
}

/** A frame without VLAN tags. */
export const frame = (source: Mac, destination: Mac, network: NetworkLayer): Frame => ({
  source,
  destination,
  vlans: [],
  network,
});

/** An IPv6 packet with hop limit 64 and no extension headers, if not told otherwise. */
export const ipv6 = (
  source: Address,
  destination: Address,
  upper: UpperLayer,
  options: Partial<Pick<Ipv6Packet, 'hopLimit' | 'trafficClass' | 'flowLabel' | 'extensions'>> = {},
): Ipv6Packet => ({
  kind: 'ipv6',
  source,
  destination,
  hopLimit: 64,
  trafficClass: 0,
  flowLabel: 0,
  extensions: [],
  upper,
  ...options,
});

/** An IPv4 packet with time to live 64, whole and without options. */
export const ipv4 = (source: Address, destination: Address, upper: UpperLayer): Ipv4Packet => ({
  kind: 'ipv4',
  source,
  destination,
  timeToLive: 64,
  typeOfService: 0,
  identification: 0,
  dontFragment: true,
  moreFragments: false,
  fragmentOffset: 0,
  options: new Uint8Array(),
  upper,
});

/** An ICMPv6 message as an upper layer. */
export const icmpv6 = (message: Icmpv6Message): UpperLayer => ({ kind: 'icmpv6', message });

/** A UDP datagram as an upper layer. */
export const udp = (sourcePort: number, destinationPort: number, data: Uint8Array): UpperLayer => ({
  kind: 'udp',
  datagram: { sourcePort, destinationPort, data },
});

/** A TCP segment that opens a connection, as an upper layer. */
export const tcpSyn = (sourcePort: number, destinationPort: number): UpperLayer => {
  const segment: TcpSegment = {
    sourcePort,
    destinationPort,
    sequence: 1,
    acknowledgment: 0,
    flags: ['syn'],
    window: 65535,
    urgentPointer: 0,
    options: new Uint8Array(),
    data: new Uint8Array(),
  };
  return { kind: 'tcp', segment };
};

function encodeNetworkLayer(network: NetworkLayer): { etherType: number; octets: Uint8Array } {
  switch (network.kind) {
    case 'ipv6':
      return { etherType: ETHER_TYPE.ipv6, octets: encodeIpv6Packet(network) };
    case 'ipv4': {
      const upper = encodeUpperLayer(network.upper, network.source, network.destination);
      return { etherType: ETHER_TYPE.ipv4, octets: encodeIpv4(network, upper.protocol, upper.octets) };
    }
    case 'arp':
      return { etherType: ETHER_TYPE.arp, octets: encodeArp(network.message) };
    case 'octets':
      return network;
  }
}

function decodeNetworkLayer(etherType: number, octets: Uint8Array): NetworkLayer {
  try {
    switch (etherType) {
      case ETHER_TYPE.ipv6:
        return decodeIpv6Packet(octets);
      case ETHER_TYPE.ipv4:
        return decodeIpv4Packet(octets);
      case ETHER_TYPE.arp:
        return { kind: 'arp', message: decodeArp(octets) };
      default:
        return { kind: 'octets', etherType, octets };
    }
  } catch (error) {
    if (error instanceof PacketError) return { kind: 'octets', etherType, octets, malformed: error.message };
    throw error;
  }
}

function decodeIpv4Packet(octets: Uint8Array): Ipv4Packet {
  const { header, protocol, payload } = decodeIpv4(octets);
  const upper: UpperLayer =
    header.moreFragments || header.fragmentOffset > 0
      ? { kind: 'octets', protocol, octets: payload }
      : decodeUpperLayer(protocol, payload);
  return { kind: 'ipv4', ...header, upper };
}
