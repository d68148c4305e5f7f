/**
 * Neighbour Discovery options: RFC 4861 section 4.6, RDNSS and DNSSL (RFC 8106), route information (RFC 4191),
 * nonce (RFC 3971 section 5.3.2), PREF64 (RFC 8781).
 */

import { Address, type Mac, Prefix } from '../addressing/index.ts';
import { decodeDnsNames, encodeDnsNames } from './dns-names.ts';
import { addressOctets, concat, macOctets, PacketError, Reader, u8, u16, u32 } from './wire.ts';

/** A lifetime in seconds that never ends (RFC 4861 section 4.6.2). */
export const INFINITE_LIFETIME = 0xffff_ffff;

/** Router and route preference (RFC 4191 section 2.1). */
export type Preference = 'high' | 'medium' | 'low' | 'reserved';

/** One option. Lifetimes are in seconds. */
export type NdOption =
  | { readonly kind: 'source-link-layer-address' | 'target-link-layer-address'; readonly mac: Mac }
  | {
      readonly kind: 'prefix-information';
      readonly prefix: Prefix;
      readonly onLink: boolean;
      /** The A flag: addresses may be formed by SLAAC. */
      readonly autonomous: boolean;
      /** The P flag: whoever can had rather ask for a prefix of their own (RFC 9762). */
      readonly prefersDelegation: boolean;
      readonly validLifetime: number;
      readonly preferredLifetime: number;
    }
  | { readonly kind: 'redirected-header'; readonly packet: Uint8Array }
  | { readonly kind: 'mtu'; readonly mtu: number }
  | { readonly kind: 'nonce'; readonly nonce: Uint8Array }
  | {
      readonly kind: 'route-information';
      readonly prefix: Prefix;
      readonly preference: Preference;
      readonly lifetime: number;
    }
  | { readonly kind: 'rdnss'; readonly lifetime: number; readonly servers: readonly Address[] }
  | { readonly kind: 'dnssl'; readonly lifetime: number; readonly domains: readonly string[] }
  | {
      readonly kind: 'pref64';
      /** In seconds, a multiple of 8. */
      readonly lifetime: number;
      /** Of length 96, 64, 56, 48, 40 or 32. */
      readonly prefix: Prefix;
    }
  | { readonly kind: 'other'; readonly type: number; readonly data: Uint8Array };

const TYPE = {
  sourceLinkLayerAddress: 1,
  targetLinkLayerAddress: 2,
  prefixInformation: 3,
  redirectedHeader: 4,
  mtu: 5,
  nonce: 14,
  routeInformation: 24,
  rdnss: 25,
  dnssl: 31,
  pref64: 38,
} as const;

/** In the order of their two bits. */
const PREFERENCES: readonly Preference[] = ['medium', 'high', 'reserved', 'low'];

/** In the order of the prefix length code (RFC 8781 section 4). */
const PREF64_LENGTHS: readonly number[] = [96, 64, 56, 48, 40, 32];

/** The two bits of a preference. */
export const preferenceBits = (preference: Preference): number => PREFERENCES.indexOf(preference);

/** The preference in the two low bits. */
export const preferenceOf = (bits: number): Preference => PREFERENCES[bits & 3] ?? 'medium';

/** The octets of a list of options. */
export const encodeNdOptions = (options: readonly NdOption[]): Uint8Array =>
  concat(...options.map(encodeOption));

/**
 * Reads options to the end.
 * @throws PacketError for one that has length 0 or ends early
 */
export function decodeNdOptions(octets: Uint8Array): NdOption[] {
  const reader = new Reader(octets, 'an ND option');
  const options: NdOption[] = [];
  while (reader.remaining > 0) {
    const type = reader.u8();
    const length = reader.u8();
    if (length === 0)
      throw new PacketError(`an ND option of type ${type} has length 0 (RFC 4861 section 4.6)`);
    options.push(decodeOption(type, reader.take(length * 8 - 2)));
  }
  return options;
}

function encodeOption(option: NdOption): Uint8Array {
  switch (option.kind) {
    case 'source-link-layer-address':
      return inEights(TYPE.sourceLinkLayerAddress, macOctets(option.mac));
    case 'target-link-layer-address':
      return inEights(TYPE.targetLinkLayerAddress, macOctets(option.mac));
    case 'prefix-information':
      return inEights(
        TYPE.prefixInformation,
        u8(option.prefix.length),
        u8(
          (option.onLink ? 0x80 : 0) | (option.autonomous ? 0x40 : 0) | (option.prefersDelegation ? 0x10 : 0),
        ),
        u32(option.validLifetime),
        u32(option.preferredLifetime),
        u32(0),
        addressOctets(option.prefix.network),
      );
    case 'redirected-header':
      return inEights(TYPE.redirectedHeader, new Uint8Array(6), option.packet);
    case 'mtu':
      return inEights(TYPE.mtu, u16(0), u32(option.mtu));
    case 'nonce':
      return inEights(TYPE.nonce, option.nonce);
    case 'route-information': {
      const { network, length } = option.prefix;
      return inEights(
        TYPE.routeInformation,
        u8(length),
        u8(preferenceBits(option.preference) << 3),
        u32(option.lifetime),
        addressOctets(network).subarray(0, length === 0 ? 0 : length <= 64 ? 8 : 16),
      );
    }
    case 'rdnss':
      return inEights(TYPE.rdnss, u16(0), u32(option.lifetime), ...option.servers.map(addressOctets));
    case 'dnssl': {
      const names = encodeDnsNames(option.domains);
      return inEights(TYPE.dnssl, u16(0), u32(option.lifetime), names, new Uint8Array(-names.length & 7));
    }
    case 'pref64': {
      const code = PREF64_LENGTHS.indexOf(option.prefix.length);
      if (code < 0 || option.lifetime % 8 !== 0) {
        throw new PacketError(
          `PREF64 carries no prefix of length ${option.prefix.length} for ${option.lifetime} s`,
        );
      }
      return inEights(
        TYPE.pref64,
        u16(option.lifetime | code),
        addressOctets(option.prefix.network).subarray(0, 12),
      );
    }
    case 'other':
      return inEights(option.type, option.data);
  }
}

/** Type, length in units of 8 octets, and the rest. */
function inEights(type: number, ...rest: readonly Uint8Array[]): Uint8Array {
  const body = concat(...rest);
  if ((body.length + 2) % 8 !== 0) {
    throw new PacketError(`an ND option cannot have ${body.length + 2} octets: not a multiple of 8`);
  }
  return concat(u8(type), u8((body.length + 2) / 8), body);
}

function decodeOption(type: number, data: Uint8Array): NdOption {
  const reader = new Reader(data, `an ND option of type ${type}`);
  switch (type) {
    case TYPE.sourceLinkLayerAddress:
    case TYPE.targetLinkLayerAddress:
      // 8 octets are Ethernet's form; anything longer is another link's, or an attack.
      if (data.length !== 6) return { kind: 'other', type, data };
      return {
        kind:
          type === TYPE.sourceLinkLayerAddress ? 'source-link-layer-address' : 'target-link-layer-address',
        mac: reader.mac(),
      };
    case TYPE.prefixInformation: {
      const length = reader.u8();
      const flags = reader.u8();
      const validLifetime = reader.u32();
      const preferredLifetime = reader.u32();
      reader.u32();
      return {
        kind: 'prefix-information',
        prefix: prefixOf(reader.address(6), length),
        onLink: (flags & 0x80) !== 0,
        autonomous: (flags & 0x40) !== 0,
        prefersDelegation: (flags & 0x10) !== 0,
        validLifetime,
        preferredLifetime,
      };
    }
    case TYPE.redirectedHeader:
      reader.take(6);
      return { kind: 'redirected-header', packet: reader.rest() };
    case TYPE.mtu:
      reader.u16();
      return { kind: 'mtu', mtu: reader.u32() };
    case TYPE.nonce:
      return { kind: 'nonce', nonce: data };
    case TYPE.routeInformation: {
      const length = reader.u8();
      const preference = preferenceOf(reader.u8() >> 3);
      const lifetime = reader.u32();
      return {
        kind: 'route-information',
        prefix: prefixOf(leadingAddress(reader.rest()), length),
        preference,
        lifetime,
      };
    }
    case TYPE.rdnss: {
      reader.u16();
      const lifetime = reader.u32();
      const servers: Address[] = [];
      while (reader.remaining > 0) servers.push(reader.address(6));
      return { kind: 'rdnss', lifetime, servers };
    }
    case TYPE.dnssl:
      reader.u16();
      return { kind: 'dnssl', lifetime: reader.u32(), domains: decodeDnsNames(reader.rest()) };
    case TYPE.pref64: {
      const lifetimeAndCode = reader.u16();
      const length = PREF64_LENGTHS[lifetimeAndCode & 7];
      if (length === undefined) throw new PacketError(`PREF64 has prefix length code ${lifetimeAndCode & 7}`);
      return {
        kind: 'pref64',
        lifetime: lifetimeAndCode & 0xfff8,
        prefix: prefixOf(leadingAddress(reader.take(12)), length),
      };
    }
    default:
      return { kind: 'other', type, data };
  }
}

/** The IPv6 address that starts with these octets, at most 16, and goes on with zeros. */
function leadingAddress(octets: Uint8Array): Address {
  if (octets.length > 16) throw new PacketError(`${octets.length} octets are no IPv6 prefix: at most 16`);
  return new Reader(concat(octets, new Uint8Array(16 - octets.length)), 'a prefix').address(6);
}

/** Receivers must ignore bits past the prefix length (RFC 4861 section 4.6.2). */
function prefixOf(address: Address, length: number): Prefix {
  if (length > 128) throw new PacketError(`an ND option has a prefix of length ${length}: at most 128`);
  return Prefix.of(Address.of(6, address.value), length);
}
