/** Frames as trees: a node for each layer and each field that `decodeFrame` reads, for reports that unfold them. */

import { Address, Mac, Prefix } from '../addressing/index.ts';
import { decodeDhcpv6 } from './dhcpv6.ts';
import { decodeIpv6Packet, type Frame } from './frame.ts';
import type { UdpDatagram } from './udp.ts';
import { DHCPV6_PORT } from './udp-ports.ts';
import type { UpperLayer } from './upper-layer.ts';
import { PacketError } from './wire.ts';

/** A field with its value, or a layer with what it holds. */
export interface FrameNode {
  readonly name: string;
  readonly value?: string;
  readonly children: readonly FrameNode[];
}

/** More octets than these are cut off: whoever wants them has the frame itself. */
const MOST_OCTETS = 64;

/** The layers of a frame, outermost first. */
export function frameTree({ network, ...ethernet }: Frame): FrameNode[] {
  const link = layer('Ethernet', ethernet);
  switch (network.kind) {
    case 'ipv6': {
      const { kind, extensions, upper, ...header } = network;
      return [
        link,
        layer('IPv6', header),
        ...extensions.map(({ kind: name, ...fields }) => layer(name, fields)),
        ...upperLayers(upper),
      ];
    }
    case 'ipv4': {
      const { kind, upper, ...header } = network;
      return [link, layer('IPv4', header), ...upperLayers(upper)];
    }
    case 'arp':
      return [link, layer('ARP', network.message)];
    case 'octets': {
      const { kind, ...payload } = network;
      return [link, layer('payload', payload)];
    }
  }
}

function upperLayers(upper: UpperLayer): FrameNode[] {
  switch (upper.kind) {
    case 'icmpv6':
      return [messageLayer('ICMPv6', upper.message), ...quoted(upper.message)];
    case 'icmpv4':
      return [messageLayer('ICMP', upper.message)];
    case 'udp':
      return udpLayers(upper.datagram);
    case 'tcp':
      return [layer('TCP', upper.segment)];
    case 'octets': {
      const { kind, ...payload } = upper;
      return [layer('payload', payload)];
    }
  }
}

/** The packet that an error quotes (RFC 4443 section 3), when enough of it is there to be read. */
function quoted(message: object): FrameNode[] {
  if (!('invoking' in message) || !(message.invoking instanceof Uint8Array)) return [];
  try {
    const { upper, extensions, ...header } = decodeIpv6Packet(message.invoking);
    return [{ name: 'quoted packet', children: [layer('IPv6', header), ...upperLayers(upper)] }];
  } catch (error) {
    if (error instanceof PacketError) return [];
    throw error;
  }
}

function udpLayers(datagram: UdpDatagram): FrameNode[] {
  const { sourcePort, destinationPort, data } = datagram;
  const ports = [sourcePort, destinationPort] as readonly number[];
  if (!ports.includes(DHCPV6_PORT.client) && !ports.includes(DHCPV6_PORT.server)) {
    return [layer('UDP', datagram)];
  }
  const udp = layer('UDP', { sourcePort, destinationPort });
  try {
    return [udp, layer('DHCPv6', decodeDhcpv6(data))];
  } catch (error) {
    if (error instanceof PacketError) return [udp, layer('DHCPv6', { malformed: error.message, data })];
    throw error;
  }
}

/** A layer that says by its kind what it is. */
const messageLayer = (protocol: string, { kind, ...fields }: { kind: string }): FrameNode =>
  layer(`${protocol} ${kind}`, fields);

const layer = (name: string, fields: object): FrameNode => ({
  name,
  children: Object.entries(fields).flatMap(([field, value]) => nodesOf(words(field), value)),
});

/** `routerLifetime` as one says it. */
const words = (field: string): string => field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function nodesOf(name: string, value: unknown): FrameNode[] {
  if (value === undefined) return [];
  if (value instanceof Uint8Array) return value.length === 0 ? [] : [leaf(name, hex(value))];
  if (value instanceof Address || value instanceof Mac || value instanceof Prefix) {
    return [leaf(name, value.toString())];
  }
  if (Array.isArray(value)) return listNodes(name, value);
  if (typeof value === 'object' && value !== null) return [layer(name, value)];
  return [leaf(name, String(value))];
}

/** What has a kind, such as an option, is told by it; simple values stand in one line. */
function listNodes(name: string, items: readonly unknown[]): FrameNode[] {
  const nodes = items.flatMap((item) => {
    if (!hasKind(item)) return nodesOf(name.replace(/s$/, ''), item);
    const { kind, ...fields } = item;
    return [layer(kind, fields)];
  });
  if (nodes.length === 0) return [];
  if (nodes.some(({ value }) => value === undefined)) return [{ name, children: nodes }];
  return [leaf(name, nodes.map(({ value }) => value).join(', '))];
}

const hasKind = (item: unknown): item is { readonly kind: string } =>
  typeof item === 'object' && item !== null && 'kind' in item && typeof item.kind === 'string';

const leaf = (name: string, value: string): FrameNode => ({ name, value, children: [] });

function hex(octets: Uint8Array): string {
  const shown = octets.subarray(0, MOST_OCTETS).toHex();
  return octets.length > MOST_OCTETS ? `${shown}... (${octets.length} octets)` : shown;
}
