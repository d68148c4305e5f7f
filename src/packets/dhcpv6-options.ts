/**
 * Options of DHCPv6 messages: RFC 8415 section 21, DNS (RFC 3646), SNTP (RFC 4075), NTP (RFC 5908), boot file
 * (RFC 5970), client FQDN (RFC 4704).
 */

import { type Address, Prefix } from '../addressing/index.ts';
import { decodeDnsNames, encodeDnsNames } from './dns-names.ts';
import { addressOctets, concat, PacketError, Reader, u8, u16, u32, unsigned } from './wire.ts';

/** Option codes (IANA "DHCPv6 Option Codes"). */
export const DHCPV6_OPTION = {
  'client-id': 1,
  'server-id': 2,
  'ia-na': 3,
  'ia-ta': 4,
  'ia-address': 5,
  'option-request': 6,
  preference: 7,
  'elapsed-time': 8,
  authentication: 11,
  'status-code': 13,
  'rapid-commit': 14,
  'user-class': 15,
  'vendor-class': 16,
  'vendor-options': 17,
  'reconfigure-message': 19,
  'reconfigure-accept': 20,
  'dns-servers': 23,
  'domain-search': 24,
  'ia-pd': 25,
  'ia-prefix': 26,
  'sntp-servers': 31,
  'information-refresh-time': 32,
  'client-fqdn': 39,
  'ntp-servers': 56,
  'bootfile-url': 59,
  'bootfile-parameters': 60,
  'sol-max-rt': 82,
  'inf-max-rt': 83,
} as const;

/** One option. Times are in seconds, unless said otherwise. */
export type Dhcpv6Option =
  | { readonly kind: 'client-id' | 'server-id'; readonly duid: Uint8Array }
  | {
      readonly kind: 'ia-na' | 'ia-pd';
      readonly iaid: number;
      readonly t1: number;
      readonly t2: number;
      readonly options: readonly Dhcpv6Option[];
    }
  | { readonly kind: 'ia-ta'; readonly iaid: number; readonly options: readonly Dhcpv6Option[] }
  | {
      readonly kind: 'ia-address';
      readonly address: Address;
      readonly preferredLifetime: number;
      readonly validLifetime: number;
      readonly options: readonly Dhcpv6Option[];
    }
  | {
      readonly kind: 'ia-prefix';
      readonly prefix: Prefix;
      readonly preferredLifetime: number;
      readonly validLifetime: number;
      readonly options: readonly Dhcpv6Option[];
    }
  | { readonly kind: 'option-request'; readonly codes: readonly number[] }
  | { readonly kind: 'preference'; readonly value: number }
  | { readonly kind: 'elapsed-time'; readonly hundredths: number }
  | { readonly kind: 'status-code'; readonly code: number; readonly message: string }
  | { readonly kind: 'rapid-commit' | 'reconfigure-accept' }
  | {
      readonly kind: 'authentication';
      readonly protocol: number;
      readonly algorithm: number;
      /** How replays are detected. */
      readonly method: number;
      /** 64 bits. */
      readonly replay: bigint;
      readonly information: Uint8Array;
    }
  /** The type of the message that is asked for. */
  | { readonly kind: 'reconfigure-message'; readonly message: number }
  | { readonly kind: 'user-class'; readonly classes: readonly Uint8Array[] }
  | { readonly kind: 'vendor-class'; readonly enterprise: number; readonly classes: readonly Uint8Array[] }
  | {
      readonly kind: 'vendor-options';
      /** IANA's enterprise number. */
      readonly enterprise: number;
      readonly options: readonly { readonly code: number; readonly data: Uint8Array }[];
    }
  | { readonly kind: 'dns-servers' | 'sntp-servers'; readonly servers: readonly Address[] }
  | { readonly kind: 'domain-search'; readonly domains: readonly string[] }
  | {
      readonly kind: 'client-fqdn';
      /** S, O and N from the lowest bit (RFC 4704 section 4.1). */
      readonly flags: number;
      readonly name: string;
      /** Whether the name ends in the root, or may be completed. */
      readonly complete: boolean;
    }
  /** Addresses, multicast ones too, and domain names. */
  | { readonly kind: 'ntp-servers'; readonly servers: readonly (Address | string)[] }
  | { readonly kind: 'bootfile-url'; readonly url: string }
  | { readonly kind: 'bootfile-parameters'; readonly parameters: readonly string[] }
  | {
      readonly kind: 'information-refresh-time' | 'sol-max-rt' | 'inf-max-rt';
      readonly seconds: number;
    }
  | { readonly kind: 'other'; readonly code: number; readonly data: Uint8Array };

type OptionKind = keyof typeof DHCPV6_OPTION;

/** An option of a kind. */
export type Dhcpv6OptionOf<K extends Dhcpv6Option['kind']> = Dhcpv6Option & { readonly kind: K };

const OPTION_KIND = new Map(Object.entries(DHCPV6_OPTION).map(([kind, code]) => [code as number, kind]));

/** Options in options that make sense: a status code, in an address, in an association. */
const DEPTH = 3;

/** Suboptions of the NTP servers (RFC 5908 section 4). */
const NTP = { address: 1, multicast: 2, name: 3 } as const;

/** The first option of a kind, if there is one. */
export const findOption = <K extends Dhcpv6Option['kind']>(
  options: readonly Dhcpv6Option[],
  kind: K,
): Dhcpv6OptionOf<K> | undefined =>
  options.find((option): option is Dhcpv6OptionOf<K> => option.kind === kind);

/** All options of a kind, in their order. */
export const optionsOfKind = <K extends Dhcpv6Option['kind']>(
  options: readonly Dhcpv6Option[],
  kind: K,
): Dhcpv6OptionOf<K>[] => options.filter((option): option is Dhcpv6OptionOf<K> => option.kind === kind);

/**
 * The octets of options, each with code and length.
 * @throws PacketError for what does not fit its field
 */
export const encodeDhcpv6Options = (options: readonly Dhcpv6Option[]): Uint8Array =>
  concat(
    ...options.map((option) => {
      const code = option.kind === 'other' ? option.code : DHCPV6_OPTION[option.kind];
      return codedOctets(code, encodeData(option));
    }),
  );

/**
 * Reads options to the end.
 * @throws PacketError for one that ends early, or lies too deep in others
 */
export function decodeDhcpv6Options(octets: Uint8Array, depth = DEPTH): Dhcpv6Option[] {
  if (depth === 0 && octets.length > 0) throw new PacketError('DHCPv6 options lie too deep in each other');
  return codedParts(octets).map(({ code, data }) => {
    const kind = OPTION_KIND.get(code) as OptionKind | undefined;
    return kind === undefined ? { kind: 'other', code, data } : decodeData(kind, data, depth - 1);
  });
}

/** Pieces of code, length and data: options, suboptions and vendors' options alike. */
function codedParts(octets: Uint8Array): { code: number; data: Uint8Array }[] {
  const reader = new Reader(octets, 'a DHCPv6 option');
  return each(reader, () => ({ code: reader.u16(), data: reader.take(reader.u16()) }));
}

const codedOctets = (code: number, data: Uint8Array): Uint8Array => concat(u16(code), u16(data.length), data);

/** Pieces of length and data. */
const sizedParts = (reader: Reader): Uint8Array[] => each(reader, () => reader.take(reader.u16()));

const sizedOctets = (parts: readonly Uint8Array[]): Uint8Array =>
  concat(...parts.map((part) => concat(u16(part.length), part)));

function each<T>(reader: Reader, read: () => T): T[] {
  const values: T[] = [];
  while (reader.remaining > 0) values.push(read());
  return values;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf8Text = (octets: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(octets);

function encodeData(option: Dhcpv6Option): Uint8Array {
  switch (option.kind) {
    case 'client-id':
    case 'server-id':
      return option.duid;
    case 'ia-na':
    case 'ia-pd':
      return concat(u32(option.iaid), u32(option.t1), u32(option.t2), encodeDhcpv6Options(option.options));
    case 'ia-ta':
      return concat(u32(option.iaid), encodeDhcpv6Options(option.options));
    case 'ia-address':
      return concat(
        addressOctets(option.address),
        u32(option.preferredLifetime),
        u32(option.validLifetime),
        encodeDhcpv6Options(option.options),
      );
    case 'ia-prefix':
      return concat(
        u32(option.preferredLifetime),
        u32(option.validLifetime),
        u8(option.prefix.length),
        addressOctets(option.prefix.network),
        encodeDhcpv6Options(option.options),
      );
    case 'option-request':
      return concat(...option.codes.map(u16));
    case 'preference':
      return u8(option.value);
    case 'elapsed-time':
      return u16(option.hundredths);
    case 'status-code':
      return concat(u16(option.code), utf8(option.message));
    case 'rapid-commit':
    case 'reconfigure-accept':
      return new Uint8Array();
    case 'authentication':
      return concat(
        u8(option.protocol),
        u8(option.algorithm),
        u8(option.method),
        unsigned(option.replay, 8),
        option.information,
      );
    case 'reconfigure-message':
      return u8(option.message);
    case 'user-class':
      return sizedOctets(option.classes);
    case 'vendor-class':
      return concat(u32(option.enterprise), sizedOctets(option.classes));
    case 'vendor-options':
      return concat(
        u32(option.enterprise),
        ...option.options.map(({ code, data }) => codedOctets(code, data)),
      );
    case 'dns-servers':
    case 'sntp-servers':
      return concat(...option.servers.map(addressOctets));
    case 'domain-search':
      return encodeDnsNames(option.domains);
    case 'client-fqdn': {
      const name = option.name === '' ? new Uint8Array(1) : encodeDnsNames([option.name]);
      return concat(u8(option.flags), option.complete ? name : name.subarray(0, -1));
    }
    case 'ntp-servers':
      return concat(...option.servers.map(ntpOctets));
    case 'bootfile-url':
      return utf8(option.url);
    case 'bootfile-parameters':
      return sizedOctets(option.parameters.map(utf8));
    case 'information-refresh-time':
    case 'sol-max-rt':
    case 'inf-max-rt':
      return u32(option.seconds);
    case 'other':
      return option.data;
  }
}

function ntpOctets(server: Address | string): Uint8Array {
  if (typeof server === 'string') return codedOctets(NTP.name, encodeDnsNames([server]));
  return codedOctets(server.isMulticast ? NTP.multicast : NTP.address, addressOctets(server));
}

function ntpServers(octets: Uint8Array): (Address | string)[] {
  return codedParts(octets).flatMap(({ code, data }): (Address | string)[] => {
    if (code === NTP.name) return decodeDnsNames(data);
    if (code !== NTP.address && code !== NTP.multicast) return [];
    return [new Reader(data, 'an NTP server').address(6)];
  });
}

/** A name with or without the root at its end. */
function decodeFqdn(octets: Uint8Array): { name: string; complete: boolean } {
  const complete = octets.at(-1) === 0;
  const [name = ''] = decodeDnsNames(complete ? octets : concat(octets, u8(0)));
  return { name, complete };
}

function decodeData(kind: OptionKind, data: Uint8Array, depth: number): Dhcpv6Option {
  const reader = new Reader(data, `a DHCPv6 option of kind ${kind}`);
  const inner = (): Dhcpv6Option[] => decodeDhcpv6Options(reader.rest(), depth);
  switch (kind) {
    case 'client-id':
    case 'server-id':
      return { kind, duid: data };
    case 'ia-na':
    case 'ia-pd':
      return { kind, iaid: reader.u32(), t1: reader.u32(), t2: reader.u32(), options: inner() };
    case 'ia-ta':
      return { kind, iaid: reader.u32(), options: inner() };
    case 'ia-address':
      return {
        kind,
        address: reader.address(6),
        preferredLifetime: reader.u32(),
        validLifetime: reader.u32(),
        options: inner(),
      };
    case 'ia-prefix': {
      const preferredLifetime = reader.u32();
      const validLifetime = reader.u32();
      const length = reader.u8();
      if (length > 128) throw new PacketError(`a delegated prefix has length ${length}: at most 128`);
      const prefix = Prefix.of(reader.address(6), length);
      return { kind, prefix, preferredLifetime, validLifetime, options: inner() };
    }
    case 'option-request':
      return { kind, codes: each(reader, () => reader.u16()) };
    case 'preference':
      return { kind, value: reader.u8() };
    case 'elapsed-time':
      return { kind, hundredths: reader.u16() };
    case 'status-code':
      return { kind, code: reader.u16(), message: utf8Text(reader.rest()) };
    case 'rapid-commit':
    case 'reconfigure-accept':
      return { kind };
    case 'authentication':
      return {
        kind,
        protocol: reader.u8(),
        algorithm: reader.u8(),
        method: reader.u8(),
        replay: reader.unsigned(8),
        information: reader.rest(),
      };
    case 'reconfigure-message':
      return { kind, message: reader.u8() };
    case 'user-class':
      return { kind, classes: sizedParts(reader) };
    case 'vendor-class':
      return { kind, enterprise: reader.u32(), classes: sizedParts(reader) };
    case 'vendor-options':
      return { kind, enterprise: reader.u32(), options: codedParts(reader.rest()) };
    case 'dns-servers':
    case 'sntp-servers':
      return { kind, servers: each(reader, () => reader.address(6)) };
    case 'domain-search':
      return { kind, domains: decodeDnsNames(data) };
    case 'client-fqdn':
      return { kind, flags: reader.u8(), ...decodeFqdn(reader.rest()) };
    case 'ntp-servers':
      return { kind, servers: ntpServers(data) };
    case 'bootfile-url':
      return { kind, url: utf8Text(data) };
    case 'bootfile-parameters':
      return { kind, parameters: sizedParts(reader).map(utf8Text) };
    case 'information-refresh-time':
    case 'sol-max-rt':
    case 'inf-max-rt':
      return { kind, seconds: reader.u32() };
  }
}
