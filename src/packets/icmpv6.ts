/** ICMPv6: errors and echo (RFC 4443), Neighbour Discovery (RFC 4861 section 4). */

import type { Address } from '../addressing/index.ts';
import { transportChecksum } from './checksum.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';
import {
  decodeNdOptions,
  encodeNdOptions,
  type NdOption,
  type Preference,
  preferenceBits,
  preferenceOf,
} from './nd-options.ts';
import { addressOctets, concat, Reader, u8, u16, u32 } from './wire.ts';

/** Types (IANA "ICMPv6 "type" Numbers"). */
export const ICMPV6_TYPE = {
  'destination-unreachable': 1,
  'packet-too-big': 2,
  'time-exceeded': 3,
  'parameter-problem': 4,
  'echo-request': 128,
  'echo-reply': 129,
  'listener-query': 130,
  'listener-report': 131,
  'listener-done': 132,
  'router-solicitation': 133,
  'router-advertisement': 134,
  'neighbour-solicitation': 135,
  'neighbour-advertisement': 136,
  redirect: 137,
  /** RFC 2894. */
  'router-renumbering': 138,
  /** RFC 3122. */
  'inverse-neighbour-solicitation': 141,
  'inverse-neighbour-advertisement': 142,
  /** RFC 3810. */
  'listener-report-v2': 143,
  /** RFC 4286. */
  'multicast-router-advertisement': 151,
  'multicast-router-solicitation': 152,
  'multicast-router-termination': 153,
} as const;

/** An error; `invoking` is as much of the packet that caused it as fits. */
export interface Icmpv6Error {
  readonly kind: 'destination-unreachable' | 'packet-too-big' | 'time-exceeded' | 'parameter-problem';
  readonly code: number;
  /** The MTU, the pointer, or unused: the 32 bits after the checksum. */
  readonly parameter: number;
  readonly invoking: Uint8Array;
}

export interface EchoMessage {
  readonly kind: 'echo-request' | 'echo-reply';
  readonly identifier: number;
  readonly sequence: number;
  readonly data: Uint8Array;
}

export interface RouterSolicitation {
  readonly kind: 'router-solicitation';
  readonly options: readonly NdOption[];
}

export interface RouterAdvertisement {
  readonly kind: 'router-advertisement';
  /** Hop limit for hosts to use; 0 says nothing. */
  readonly hopLimit: number;
  /** The M flag: addresses by DHCPv6. */
  readonly managed: boolean;
  /** The O flag: other configuration by DHCPv6. */
  readonly otherConfig: boolean;
  readonly preference: Preference;
  /** As a default router, in seconds; 0 means it is none. */
  readonly routerLifetime: number;
  /** In milliseconds; 0 says nothing. */
  readonly reachableTime: number;
  /** In milliseconds; 0 says nothing. */
  readonly retransTimer: number;
  readonly options: readonly NdOption[];
}

export interface NeighbourSolicitation {
  readonly kind: 'neighbour-solicitation';
  readonly target: Address;
  readonly options: readonly NdOption[];
}

export interface NeighbourAdvertisement {
  readonly kind: 'neighbour-advertisement';
  readonly router: boolean;
  readonly solicited: boolean;
  readonly override: boolean;
  readonly target: Address;
  readonly options: readonly NdOption[];
}

export interface Redirect {
  readonly kind: 'redirect';
  /** The better first hop. */
  readonly target: Address;
  /** What is reached by it. */
  readonly destination: Address;
  readonly options: readonly NdOption[];
}

/** Any other message: MLD, node information, garbage. `body` is what follows the checksum. */
export interface OtherIcmpv6 {
  readonly kind: 'other';
  readonly type: number;
  readonly code: number;
  readonly body: Uint8Array;
}

export type Icmpv6Message =
  | Icmpv6Error
  | EchoMessage
  | RouterSolicitation
  | RouterAdvertisement
  | NeighbourSolicitation
  | NeighbourAdvertisement
  | Redirect
  | OtherIcmpv6;

/** The messages that have a form of their own here. */
type FormedKind = Exclude<Icmpv6Message['kind'], 'other'>;
const FORMED = {
  'destination-unreachable': true,
  'packet-too-big': true,
  'time-exceeded': true,
  'parameter-problem': true,
  'echo-request': true,
  'echo-reply': true,
  'router-solicitation': true,
  'router-advertisement': true,
  'neighbour-solicitation': true,
  'neighbour-advertisement': true,
  redirect: true,
} satisfies Record<FormedKind, true>;
const KIND: ReadonlyMap<number, FormedKind> = new Map(
  (Object.keys(FORMED) as FormedKind[]).map((kind) => [ICMPV6_TYPE[kind], kind]),
);

/** The message with its checksum, which covers the addresses of the IPv6 header as well. */
export function encodeIcmpv6(message: Icmpv6Message, source: Address, destination: Address): Uint8Array {
  const type = message.kind === 'other' ? message.type : ICMPV6_TYPE[message.kind];
  const code = 'code' in message ? message.code : 0;
  const octets = concat(u8(type), u8(code), u16(0), encodeBody(message));
  octets.set(u16(transportChecksum(source, destination, IP_PROTOCOL.icmpv6, octets)), 2);
  return octets;
}

/**
 * Reads a message; the checksum is not looked at, since captures on virtual links hold packets that got
 * none yet. A Neighbour Discovery message with a code other than 0 (which receivers must drop) is `other`.
 * @throws PacketError for a message that ends early or has a broken option
 */
export function decodeIcmpv6(octets: Uint8Array): Icmpv6Message {
  const reader = new Reader(octets, 'an ICMPv6 message');
  const type = reader.u8();
  const code = reader.u8();
  reader.u16();
  const kind = KIND.get(type);
  if (kind === undefined || (code !== 0 && type >= ICMPV6_TYPE['echo-request'])) {
    return { kind: 'other', type, code, body: reader.rest() };
  }
  return decodeBody(kind, code, reader);
}

function encodeBody(message: Icmpv6Message): Uint8Array {
  switch (message.kind) {
    case 'destination-unreachable':
    case 'packet-too-big':
    case 'time-exceeded':
    case 'parameter-problem':
      return concat(u32(message.parameter), message.invoking);
    case 'echo-request':
    case 'echo-reply':
      return concat(u16(message.identifier), u16(message.sequence), message.data);
    case 'router-solicitation':
      return concat(u32(0), encodeNdOptions(message.options));
    case 'router-advertisement':
      return concat(
        u8(message.hopLimit),
        u8(
          (message.managed ? 0x80 : 0) |
            (message.otherConfig ? 0x40 : 0) |
            (preferenceBits(message.preference) << 3),
        ),
        u16(message.routerLifetime),
        u32(message.reachableTime),
        u32(message.retransTimer),
        encodeNdOptions(message.options),
      );
    case 'neighbour-solicitation':
      return concat(u32(0), addressOctets(message.target), encodeNdOptions(message.options));
    case 'neighbour-advertisement':
      return concat(
        u8((message.router ? 0x80 : 0) | (message.solicited ? 0x40 : 0) | (message.override ? 0x20 : 0)),
        new Uint8Array(3),
        addressOctets(message.target),
        encodeNdOptions(message.options),
      );
    case 'redirect':
      return concat(
        u32(0),
        addressOctets(message.target),
        addressOctets(message.destination),
        encodeNdOptions(message.options),
      );
    case 'other':
      return message.body;
  }
}

function decodeBody(kind: FormedKind, code: number, reader: Reader): Icmpv6Message {
  const options = (): NdOption[] => decodeNdOptions(reader.rest());
  switch (kind) {
    case 'destination-unreachable':
    case 'packet-too-big':
    case 'time-exceeded':
    case 'parameter-problem':
      return { kind, code, parameter: reader.u32(), invoking: reader.rest() };
    case 'echo-request':
    case 'echo-reply':
      return { kind, identifier: reader.u16(), sequence: reader.u16(), data: reader.rest() };
    case 'router-solicitation':
      reader.u32();
      return { kind, options: options() };
    case 'router-advertisement': {
      const hopLimit = reader.u8();
      const flags = reader.u8();
      return {
        kind,
        hopLimit,
        managed: (flags & 0x80) !== 0,
        otherConfig: (flags & 0x40) !== 0,
        preference: preferenceOf(flags >> 3),
        routerLifetime: reader.u16(),
        reachableTime: reader.u32(),
        retransTimer: reader.u32(),
        options: options(),
      };
    }
    case 'neighbour-solicitation':
      reader.u32();
      return { kind, target: reader.address(6), options: options() };
    case 'neighbour-advertisement': {
      const flags = reader.u8();
      reader.take(3);
      return {
        kind,
        router: (flags & 0x80) !== 0,
        solicited: (flags & 0x40) !== 0,
        override: (flags & 0x20) !== 0,
        target: reader.address(6),
        options: options(),
      };
    }
    case 'redirect':
      reader.u32();
      return { kind, target: reader.address(6), destination: reader.address(6), options: options() };
  }
}
