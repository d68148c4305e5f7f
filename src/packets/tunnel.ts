/** What is in tunnels: Geneve (RFC 8926), VXLAN (RFC 7348) and GRE with a key (RFC 2890). */
import { decodeFrame, type Frame } from './frame.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';

/** A frame that was carried in a tunnel. */
export interface Tunnelled {
  readonly kind: 'geneve' | 'vxlan' | 'gre';
  /** The network identifier, or the key. */
  readonly key: number;
  readonly inner: Frame;
}

/** UDP ports that tunnels are sent to. */
export const TUNNEL_PORT = { geneve: 6081, vxlan: 4789 } as const;
const UDP_PORTS: Readonly<Record<number, 'geneve' | 'vxlan'>> = {
  [TUNNEL_PORT.geneve]: 'geneve',
  [TUNNEL_PORT.vxlan]: 'vxlan',
};
/** What tunnels are sent as: of UDP what is for a port. */
export const TUNNEL_TRAFFIC: readonly { readonly protocol: number; readonly port?: number }[] = [
  { protocol: IP_PROTOCOL.udp, port: TUNNEL_PORT.geneve },
  { protocol: IP_PROTOCOL.udp, port: TUNNEL_PORT.vxlan },
  { protocol: IP_PROTOCOL.gre },
];
/** Octets of their headers without options. */
const HEADER_LENGTH = 8;
/** Transparent Ethernet bridging: a whole frame follows. */
const ETHERNET = 0x6558;
/** Of GRE's flags: a key is there, and neither checksum nor sequence number. */
const KEY_ALONE = 0x2000;

/** The frame that a packet of a tunnel carries; undefined when it is none, or carries no Ethernet. */
export function decodeTunnel({ network }: Frame): Tunnelled | undefined {
  if (network.kind !== 'ipv6' && network.kind !== 'ipv4') return undefined;
  const { upper } = network;
  if (upper.kind === 'udp') {
    const kind = UDP_PORTS[upper.datagram.destinationPort];
    return kind && byUdp(kind, upper.datagram.data);
  }
  return upper.kind === 'octets' && upper.protocol === IP_PROTOCOL.gre ? byGre(upper.octets) : undefined;
}

function byUdp(kind: 'geneve' | 'vxlan', data: Uint8Array): Tunnelled | undefined {
  if (data.length < HEADER_LENGTH) return undefined;
  const header = new DataView(data.buffer, data.byteOffset);
  // Geneve's options have a length, in words, in the last six bits of the first octet; VXLAN has none.
  const options = kind === 'geneve' ? 4 * (header.getUint8(0) & 0x3f) : 0;
  return { kind, key: header.getUint32(4) >>> 8, inner: decodeFrame(data.subarray(HEADER_LENGTH + options)) };
}

function byGre(octets: Uint8Array): Tunnelled | undefined {
  if (octets.length < HEADER_LENGTH) return undefined;
  const header = new DataView(octets.buffer, octets.byteOffset);
  if (header.getUint16(0) !== KEY_ALONE || header.getUint16(2) !== ETHERNET) return undefined;
  return { kind: 'gre', key: header.getUint32(4), inner: decodeFrame(octets.subarray(HEADER_LENGTH)) };
}
