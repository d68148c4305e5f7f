/** DHCPv6 messages between clients and servers, and their options (RFC 8415 §8, §21; RFC 3646). */

import { Address, Prefix } from '../addressing/index.ts';
import { decodeDnsNames, encodeDnsNames } from './dns-names.ts';
import { addressOctets, concat, PacketError, Reader, u8, u16, u32, unsigned } from './wire.ts';

/** UDP ports (RFC 8415 §7.2). */
export const DHCPV6_PORT = { client: 546, server: 547 } as const;

/** All_DHCP_Relay_Agents_and_Servers (RFC 8415 §7.1). */
export const ALL_DHCPV6_SERVERS = Address.parse('ff02::1:2');

/** Message types (RFC 8415 §7.3), less those of relay agents. */
export const DHCPV6_TYPE = {
  solicit: 1,
  advertise: 2,
  request: 3,
  confirm: 4,
  renew: 5,
  rebind: 6,
  reply: 7,
  release: 8,
  decline: 9,
  reconfigure: 10,
  'information-request': 11,
} as const;

export interface Dhcpv6Message {
  readonly type: keyof typeof DHCPV6_TYPE;
  /** 24 bits. */
  readonly transaction: number;
  readonly options: readonly Dhcpv6Option[];
}

/** One option. Times are in seconds. */
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
  | { readonly kind: 'rapid-commit' }
  | { readonly kind: 'dns-servers'; readonly servers: readonly Address[] }
  | { readonly kind: 'domain-search'; readonly domains: readonly string[] }
  | { readonly kind: 'other'; readonly code: number; readonly data: Uint8Array };

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
  'status-code': 13,
  'rapid-commit': 14,
  'dns-servers': 23,
  'domain-search': 24,
  'ia-pd': 25,
  'ia-prefix': 26,
} as const;

type OptionKind = keyof typeof DHCPV6_OPTION;

const TYPE_NAME = new Map(Object.entries(DHCPV6_TYPE).map(([name, type]) => [type as number, name]));
const OPTION_KIND = new Map(Object.entries(DHCPV6_OPTION).map(([kind, code]) => [code as number, kind]));

/** DUID-LL of an Ethernet interface (RFC 8415 §11.4). */
export const duidOfMac = (mac: { readonly value: bigint }): Uint8Array =>
  concat(u16(3), u16(1), unsigned(mac.value, 6));

/** The UDP payload of a message. */
export const encodeDhcpv6 = (message: Dhcpv6Message): Uint8Array =>
  concat(u8(DHCPV6_TYPE[message.type]), unsigned(message.transaction, 3), encodeOptions(message.options));

/** Reads a message. Throws a `PacketError` for a relay agent's, or one that ends early. */
export function decodeDhcpv6(octets: Uint8Array): Dhcpv6Message {
  const reader = new Reader(octets, 'a DHCPv6 message');
  const code = reader.u8();
  const type = TYPE_NAME.get(code) as keyof typeof DHCPV6_TYPE | undefined;
  if (type === undefined) throw new PacketError(`DHCPv6 message type ${code} is none of a client or server`);
  return { type, transaction: Number(reader.unsigned(3)), options: decodeOptions(reader.rest()) };
}

/** An option of a kind. */
export type Dhcpv6OptionOf<K extends Dhcpv6Option['kind']> = Dhcpv6Option & { readonly kind: K };

/** The first option of a kind, if there is one. */
export const findOption = <K extends Dhcpv6Option['kind']>(
  options: readonly Dhcpv6Option[],
  kind: K,
): Dhcpv6OptionOf<K> | undefined =>
  options.find((option): option is Dhcpv6OptionOf<K> => option.kind === kind);

const encodeOptions = (options: readonly Dhcpv6Option[]): Uint8Array =>
  concat(
    ...options.map((option) => {
      const data = encodeOptionData(option);
      const code = option.kind === 'other' ? option.code : DHCPV6_OPTION[option.kind];
      return concat(u16(code), u16(data.length), data);
    }),
  );

function decodeOptions(octets: Uint8Array): Dhcpv6Option[] {
  const reader = new Reader(octets, 'a DHCPv6 option');
  const options: Dhcpv6Option[] = [];
  while (reader.remaining > 0) {
    const code = reader.u16();
    const data = reader.take(reader.u16());
    const kind = OPTION_KIND.get(code) as OptionKind | undefined;
    options.push(kind === undefined ? { kind: 'other', code, data } : decodeOption(kind, data));
  }
  return options;
}

function encodeOptionData(option: Dhcpv6Option): Uint8Array {
  switch (option.kind) {
    case 'client-id':
    case 'server-id':
      return option.duid;
    case 'ia-na':
    case 'ia-pd':
      return concat(u32(option.iaid), u32(option.t1), u32(option.t2), encodeOptions(option.options));
    case 'ia-ta':
      return concat(u32(option.iaid), encodeOptions(option.options));
    case 'ia-address':
      return concat(
        addressOctets(option.address),
        u32(option.preferredLifetime),
        u32(option.validLifetime),
        encodeOptions(option.options),
      );
    case 'ia-prefix':
      return concat(
        u32(option.preferredLifetime),
        u32(option.validLifetime),
        u8(option.prefix.length),
        addressOctets(option.prefix.network),
        encodeOptions(option.options),
      );
    case 'option-request':
      return concat(...option.codes.map(u16));
    case 'preference':
      return u8(option.value);
    case 'elapsed-time':
      return u16(option.hundredths);
    case 'status-code':
      return concat(u16(option.code), new TextEncoder().encode(option.message));
    case 'rapid-commit':
      return new Uint8Array();
    case 'dns-servers':
      return concat(...option.servers.map(addressOctets));
    case 'domain-search':
      return encodeDnsNames(option.domains);
    case 'other':
      return option.data;
  }
}

function decodeOption(kind: OptionKind, data: Uint8Array): Dhcpv6Option {
  const reader = new Reader(data, `a DHCPv6 option of kind ${kind}`);
  const inner = (): Dhcpv6Option[] => decodeOptions(reader.rest());
  const each = <T>(read: () => T): T[] => {
    const values: T[] = [];
    while (reader.remaining > 0) values.push(read());
    return values;
  };
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
      return { kind, codes: each(() => reader.u16()) };
    case 'preference':
      return { kind, value: reader.u8() };
    case 'elapsed-time':
      return { kind, hundredths: reader.u16() };
    case 'status-code':
      return { kind, code: reader.u16(), message: new TextDecoder().decode(reader.rest()) };
    case 'rapid-commit':
      return { kind };
    case 'dns-servers':
      return { kind, servers: each(() => reader.address(6)) };
    case 'domain-search':
      return { kind, domains: decodeDnsNames(data) };
  }
}
