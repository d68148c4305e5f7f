/**
 * Errors of ICMPv6 whose packets are translated: they name the packet that they are about, as it was where they come
 * from. So its addresses are translated as well, back to what its sender knows; else nobody would find out the path's
 * MTU (RFC 8201). Pure.
 */
import { Address, translateNptv6 } from '../../addressing/index.ts';
import { NPTV6_ROUTER, type PrefixTranslation } from '../../host-contract/index.ts';
import { addressOctets, ETHER_TYPE, IP_PROTOCOL, transportChecksum } from '../../packets/index.ts';
import { ERRORS } from './translation-rules.ts';

const MAC_LENGTH = 6;
const ETHER_TYPE_AT = 2 * MAC_LENGTH;
const IP_AT = 14;
const IP_LENGTH = 40;
/** In a header of IPv6. */
const [PAYLOAD_LENGTH_AT, NEXT_HEADER_AT, SOURCE_AT, DESTINATION_AT] = [4, 6, 8, 24];
const ICMP_AT = IP_AT + IP_LENGTH;
const CHECKSUM_AT = ICMP_AT + 2;
/** The header of the packet that it is about. */
const ABOUT_AT = ICMP_AT + 8;

/**
 * The frame to be sent back.
 * @param frame with an error, from the router to its translator
 * @returns undefined for what is none, or concerns no translation
 */
export function translateError(
  frame: Uint8Array,
  translations: readonly PrefixTranslation[],
): Buffer | undefined {
  if (!isError(Buffer.from(frame))) return undefined;
  const changed = Buffer.from(frame);
  const at = (offset: number): Address =>
    Address.of(6, BigInt(`0x${changed.toString('hex', offset, offset + 16)}`));
  const put = (offset: number, address: Address | undefined): boolean => {
    if (address === undefined) return false;
    changed.set(addressOctets(address), offset);
    return true;
  };
  const [source, about] = [at(IP_AT + SOURCE_AT), at(ABOUT_AT + DESTINATION_AT)];
  const isOwn = source.equals(NPTV6_ROUTER);
  const concerned = [
    put(IP_AT + DESTINATION_AT, translated(at(IP_AT + DESTINATION_AT), translations, 'inward')),
    put(ABOUT_AT + SOURCE_AT, translated(at(ABOUT_AT + SOURCE_AT), translations, 'inward')),
    put(ABOUT_AT + DESTINATION_AT, translated(about, translations, 'outward')),
    !isOwn && put(IP_AT + SOURCE_AT, translated(source, translations, 'outward')),
  ];
  if (!concerned.includes(true)) return undefined;
  if (isOwn) signAsRouter(changed, at, about, translations);
  changed.copyWithin(0, MAC_LENGTH, ETHER_TYPE_AT);
  changed.set(frame.subarray(0, MAC_LENGTH), MAC_LENGTH);
  return changed;
}

function isError(frame: Buffer): boolean {
  return (
    frame.length >= ABOUT_AT + IP_LENGTH &&
    frame.readUInt16BE(ETHER_TYPE_AT) === ETHER_TYPE.ipv6 &&
    frame[IP_AT + NEXT_HEADER_AT] === IP_PROTOCOL.icmpv6 &&
    ERRORS.includes(frame[ICMP_AT] ?? 0) &&
    frame.length >= ICMP_AT + frame.readUInt16BE(IP_AT + PAYLOAD_LENGTH_AT)
  );
}

function translated(
  address: Address,
  translations: readonly PrefixTranslation[],
  way: 'inward' | 'outward',
): Address | undefined {
  for (const { internal, external } of translations) {
    const [from, to] = way === 'inward' ? [external, internal] : [internal, external];
    if (from.contains(address)) return translateNptv6(address, from, to);
  }
  return undefined;
}

/**
 * The router says it by an address that nobody outside could know: it has the anycast address of the external prefix's
 * routers in its place (RFC 4291 section 2.6.1). That is another sum.
 */
function signAsRouter(
  frame: Buffer,
  at: (offset: number) => Address,
  about: Address,
  translations: readonly PrefixTranslation[],
): void {
  const other = translations.find(({ internal }) => internal.contains(about)) ?? translations[0];
  if (other === undefined) return;
  const source = other.external.network;
  frame.set(addressOctets(source), IP_AT + SOURCE_AT);
  const message = frame.subarray(ICMP_AT, ICMP_AT + frame.readUInt16BE(IP_AT + PAYLOAD_LENGTH_AT));
  frame.writeUInt16BE(0, CHECKSUM_AT);
  const sum = transportChecksum(source, at(IP_AT + DESTINATION_AT), IP_PROTOCOL.icmpv6, message);
  frame.writeUInt16BE(sum, CHECKSUM_AT);
}
