/** DHCPv4 messages (RFC 2131 section 2), as far as a server reads and writes them. */
import type { Address, Mac } from '../addressing/index.ts';
import { addressOctets, concat, macOctets, PacketError, Reader, u8, u16, u32 } from './wire.ts';

/** Types of messages (RFC 2132 section 9.6). */
export const DHCPV4_TYPE = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;

/** Options (IANA "BOOTP Vendor Extensions and DHCP Options"). */
export const DHCPV4_OPTION = {
  subnetMask: 1,
  router: 3,
  dnsServers: 6,
  domainName: 15,
  mtu: 26,
  requestedAddress: 50,
  leaseTime: 51,
  messageType: 53,
  serverIdentifier: 54,
  parameterRequestList: 55,
  clientIdentifier: 61,
  /** RFC 8925. */
  ipv6OnlyPreferred: 108,
  /** RFC 3442. */
  classlessRoutes: 121,
} as const;

export interface Dhcpv4Message {
  /** Whether a client sent it, or a server. */
  readonly by: 'client' | 'server';
  readonly transaction: number;
  /** The client hears nothing but what is sent to all. */
  readonly broadcast: boolean;
  /** What the client has already, what it gets, and who passed the message on; unspecified for none. */
  readonly clientAddress: Address;
  readonly yourAddress: Address;
  readonly relay: Address;
  readonly clientMac: Mac;
  /** By number. */
  readonly options: ReadonlyMap<number, Uint8Array>;
}

const COOKIE = 0x63825363;
const ETHERNET = { type: 1, octets: 6 } as const;
const [PAD, END] = [0, 255];
/** Octets of names and files of BOOTP, which nobody uses here; and of what is behind a MAC address. */
const LEGACY = 64 + 128;
const AFTER_MAC = 10;
const BROADCAST_FLAG = 0x8000;
/** A client may refuse what is shorter than messages of BOOTP (RFC 951). */
const LEAST_OCTETS = 300;

/** @throws PacketError for what is no message, or not of a client with Ethernet */
export function decodeDhcpv4(octets: Uint8Array): Dhcpv4Message {
  const reader = new Reader(octets, 'a DHCPv4 message');
  const [operation, hardware, length] = [reader.u8(), reader.u8(), reader.u8()];
  if (hardware !== ETHERNET.type || length !== ETHERNET.octets)
    throw new PacketError('a DHCPv4 message is not of Ethernet');
  reader.u8(); // hops
  const transaction = reader.u32();
  reader.u16(); // seconds
  const flags = reader.u16();
  const clientAddress = reader.address(4);
  const yourAddress = reader.address(4);
  reader.address(4); // next server
  const relay = reader.address(4);
  const clientMac = reader.mac();
  reader.take(AFTER_MAC + LEGACY);
  if (reader.u32() !== COOKIE) throw new PacketError('a DHCPv4 message has no options');
  return {
    by: operation === 1 ? 'client' : 'server',
    transaction,
    broadcast: (flags & BROADCAST_FLAG) !== 0,
    clientAddress,
    yourAddress,
    relay,
    clientMac,
    options: readOptions(reader),
  };
}

/** What comes in parts is put together (RFC 3396). */
function readOptions(reader: Reader): Map<number, Uint8Array> {
  const options = new Map<number, Uint8Array>();
  while (reader.remaining > 0) {
    const code = reader.u8();
    if (code === END) break;
    if (code === PAD) continue;
    const value = reader.take(reader.u8());
    const before = options.get(code);
    options.set(code, before === undefined ? value : concat(before, value));
  }
  return options;
}

export function encodeDhcpv4(message: Dhcpv4Message): Uint8Array {
  const octets = concat(
    u8(message.by === 'client' ? 1 : 2),
    u8(ETHERNET.type),
    u8(ETHERNET.octets),
    u8(0),
    u32(message.transaction),
    u16(0),
    u16(message.broadcast ? BROADCAST_FLAG : 0),
    addressOctets(message.clientAddress),
    addressOctets(message.yourAddress),
    u32(0),
    addressOctets(message.relay),
    macOctets(message.clientMac),
    new Uint8Array(AFTER_MAC + LEGACY),
    u32(COOKIE),
    ...Array.from(message.options, ([code, value]) => optionOctets(code, value)),
    u8(END),
  );
  return octets.length >= LEAST_OCTETS
    ? octets
    : concat(octets, new Uint8Array(LEAST_OCTETS - octets.length));
}

/** In parts, if it is longer than one can be (RFC 3396). */
function optionOctets(code: number, value: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < value.length; at += 255) {
    const part = value.subarray(at, at + 255);
    parts.push(u8(code), u8(part.length), part);
  }
  return concat(...parts);
}
