/** DHCPv6 messages between clients and servers (RFC 8415 section 8), and the identifiers in them (section 11). */

import { Address } from '../addressing/index.ts';
import { type Dhcpv6Option, decodeDhcpv6Options, encodeDhcpv6Options } from './dhcpv6-options.ts';
import { concat, PacketError, Reader, u8, u16, unsigned } from './wire.ts';

/** UDP ports (RFC 8415 section 7.2). */

/** All_DHCP_Relay_Agents_and_Servers (RFC 8415 section 7.1). */
export const ALL_DHCPV6_SERVERS = Address.parse('ff02::1:2');

/** Message types (RFC 8415 section 7.3, RFC 9686 section 4), less those of relay agents. */
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
  'addr-reg-inform': 36,
  'addr-reg-reply': 37,
} as const;

/** Status codes (RFC 8415 section 21.13). */
export const DHCPV6_STATUS = {
  success: 0,
  unspecFail: 1,
  noAddrsAvail: 2,
  noBinding: 3,
  notOnLink: 4,
  useMulticast: 5,
  noPrefixAvail: 6,
} as const;

/** A lifetime, T1 or T2 that never ends (RFC 8415 section 7.7). */
export const DHCPV6_INFINITY = 0xffff_ffff;

export interface Dhcpv6Message {
  readonly type: keyof typeof DHCPV6_TYPE;
  /** 24 bits. */
  readonly transaction: number;
  readonly options: readonly Dhcpv6Option[];
}

const TYPE_NAME = new Map(Object.entries(DHCPV6_TYPE).map(([name, type]) => [type as number, name]));

/** DUID-LL of an Ethernet interface (RFC 8415 section 11.4). */
export const duidOfMac = (mac: { readonly value: bigint }): Uint8Array =>
  concat(u16(3), u16(1), unsigned(mac.value, 6));

/** The UDP payload of a message. */
export const encodeDhcpv6 = (message: Dhcpv6Message): Uint8Array =>
  concat(
    u8(DHCPV6_TYPE[message.type]),
    unsigned(message.transaction, 3),
    encodeDhcpv6Options(message.options),
  );

/**
 * Reads a message.
 * @throws PacketError for a relay agent's, or one that ends early
 */
export function decodeDhcpv6(octets: Uint8Array): Dhcpv6Message {
  const reader = new Reader(octets, 'a DHCPv6 message');
  const code = reader.u8();
  const type = TYPE_NAME.get(code) as keyof typeof DHCPV6_TYPE | undefined;
  if (type === undefined) throw new PacketError(`DHCPv6 message type ${code} is none of a client or server`);
  return { type, transaction: Number(reader.unsigned(3)), options: decodeDhcpv6Options(reader.rest()) };
}
