/** Ethernet II headers, with 802.1Q and 802.1ad tags. */

import type { Mac } from '../addressing/index.ts';
import { concat, macOctets, PacketError, Reader, u16 } from './wire.ts';

/** EtherTypes (IANA "ETHER TYPES"). */
export const ETHER_TYPE = {
  ipv4: 0x0800,
  arp: 0x0806,
  /** Reverse ARP (RFC 903). */
  rarp: 0x8035,
  /** 802.1Q, the customer tag. */
  vlan: 0x8100,
  ipv6: 0x86dd,
  /** 802.1ad, the service tag. */
  serviceVlan: 0x88a8,
} as const;

/** One 802.1Q or 802.1ad tag. */
export interface VlanTag {
  /** Tag protocol identifier: `ETHER_TYPE.vlan` or `ETHER_TYPE.serviceVlan`. */
  readonly protocol: number;
  /** Priority code point, 0 to 7. */
  readonly priority: number;
  readonly dropEligible: boolean;
  /** VLAN identifier, 0 (priority tag only) to 4095. */
  readonly id: number;
}

/** The tags of a frame on a VLAN (802.1Q); none for null, which is untagged. */
export const vlanTags = (vlan: number | null): VlanTag[] =>
  vlan === null ? [] : [{ protocol: ETHER_TYPE.vlan, priority: 0, dropEligible: false, id: vlan }];

export interface EthernetHeader {
  readonly destination: Mac;
  readonly source: Mac;
  /** Outermost first. */
  readonly vlans: readonly VlanTag[];
  /** Of what follows the tags. */
  readonly etherType: number;
}

/** The frame with this header; no padding, no frame check sequence. */
export function encodeEthernet(header: EthernetHeader, payload: Uint8Array): Uint8Array {
  return concat(
    macOctets(header.destination),
    macOctets(header.source),
    ...header.vlans.map(encodeTag),
    u16(header.etherType),
    payload,
  );
}

/**
 * Splits a frame.
 * @throws PacketError when it ends within the header
 */
export function decodeEthernet(frame: Uint8Array): { header: EthernetHeader; payload: Uint8Array } {
  const reader = new Reader(frame, 'an Ethernet header');
  const destination = reader.mac();
  const source = reader.mac();
  const vlans: VlanTag[] = [];
  let etherType = reader.u16();
  while (etherType === ETHER_TYPE.vlan || etherType === ETHER_TYPE.serviceVlan) {
    vlans.push(decodeTag(etherType, reader.u16()));
    etherType = reader.u16();
  }
  return { header: { destination, source, vlans, etherType }, payload: reader.rest() };
}

/** The tag of a protocol and a tag control information field (802.1Q section 9.6). */
export function decodeTag(protocol: number, control: number): VlanTag {
  return { protocol, priority: control >> 13, dropEligible: (control & 0x1000) !== 0, id: control & 0xfff };
}

/** The 4 octets of a tag. */
export function encodeTag(tag: VlanTag): Uint8Array {
  if (tag.priority > 7 || tag.id > 0xfff) {
    throw new PacketError(`no VLAN tag has priority ${tag.priority} and id ${tag.id}: at most 7 and 4095`);
  }
  return concat(u16(tag.protocol), u16((tag.priority << 13) | (tag.dropEligible ? 0x1000 : 0) | tag.id));
}
