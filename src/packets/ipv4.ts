/** IPv4 headers (RFC 791 section 3.1). */

import type { Address } from '../addressing/index.ts';
import { internetChecksum } from './checksum.ts';
import { addressOctets, concat, PacketError, Reader, u8, u16 } from './wire.ts';

export interface Ipv4Header {
  readonly source: Address;
  readonly destination: Address;
  /** Time to live, 0 to 255. */
  readonly timeToLive: number;
  /** Differentiated services and ECN, 8 bits. */
  readonly typeOfService: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** In octets, a multiple of 8. */
  readonly fragmentOffset: number;
  /** Padded to a multiple of 4 octets. */
  readonly options: Uint8Array;
}

/** The packet with its header checksum. */
export function encodeIpv4(header: Ipv4Header, protocol: number, payload: Uint8Array): Uint8Array {
  if (header.options.length % 4 !== 0 || header.options.length > 40) {
    throw new PacketError(`IPv4 options cannot have ${header.options.length} octets: 0, 4, 8 to 40`);
  }
  const words = 5 + header.options.length / 4;
  const octets = concat(
    u8(0x40 | words),
    u8(header.typeOfService),
    u16(words * 4 + payload.length),
    u16(header.identification),
    u16(
      (header.dontFragment ? 0x4000 : 0) | (header.moreFragments ? 0x2000 : 0) | (header.fragmentOffset / 8),
    ),
    u8(header.timeToLive),
    u8(protocol),
    u16(0),
    addressOctets(header.source),
    addressOctets(header.destination),
    header.options,
  );
  octets.set(u16(internetChecksum(octets)), 10);
  return concat(octets, payload);
}

/**
 * Splits a packet; padding after its total length is dropped.
 * @throws PacketError for a broken one
 */
export function decodeIpv4(octets: Uint8Array): {
  header: Ipv4Header;
  protocol: number;
  payload: Uint8Array;
} {
  const reader = new Reader(octets, 'an IPv4 packet');
  const versionAndWords = reader.u8();
  const words = versionAndWords & 0xf;
  if (versionAndWords >> 4 !== 4 || words < 5) {
    throw new PacketError(
      `an IPv4 packet says version ${versionAndWords >> 4} and a header of ${words} words`,
    );
  }
  const typeOfService = reader.u8();
  const length = reader.u16();
  const identification = reader.u16();
  const fragment = reader.u16();
  const timeToLive = reader.u8();
  const protocol = reader.u8();
  reader.u16();
  const header: Ipv4Header = {
    source: reader.address(4),
    destination: reader.address(4),
    timeToLive,
    typeOfService,
    identification,
    dontFragment: (fragment & 0x4000) !== 0,
    moreFragments: (fragment & 0x2000) !== 0,
    fragmentOffset: (fragment & 0x1fff) * 8,
    options: reader.take((words - 5) * 4),
  };
  return { header, protocol, payload: reader.take(Math.max(0, length - words * 4)) };
}
