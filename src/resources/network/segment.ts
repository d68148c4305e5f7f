/** How networks are carried: the types, the numbers that tell networks of a type apart, and what is left of an MTU. Pure. */
import type { Family } from '../../addressing/index.ts';

/** Types of networks whose packets cross from host to host between those of others, and so have numbers. */
export const SEGMENTED_TYPES = ['geneve', 'vxlan', 'gre', 'vlan'] as const;
export type SegmentedType = (typeof SEGMENTED_TYPES)[number];

/** All types (Neutron's `provider:network_type`). */
export const NETWORK_TYPES = [...SEGMENTED_TYPES, 'flat', 'local'] as const;
export type NetworkType = (typeof NETWORK_TYPES)[number];

const BITS_24 = 2 ** 24 - 1;
/** The highest number of any type: that of GRE's key (RFC 2890). */
export const HIGHEST_SEGMENTATION_ID = 2 ** 32 - 1;
/** The highest number of each: 24 bits with Geneve and VXLAN, 32 with GRE, 12 with VLANs of which two are not for use. */
export const HIGHEST_ID: Readonly<Record<SegmentedType, number>> = {
  geneve: BITS_24,
  vxlan: BITS_24,
  gre: HIGHEST_SEGMENTATION_ID,
  vlan: 4094,
};

/** Whether networks of a type are on a physical network. */
export const isPhysicalType = (type: NetworkType): boolean => type === 'vlan' || type === 'flat';

export const isSegmented = (type: NetworkType): type is SegmentedType =>
  (SEGMENTED_TYPES as readonly NetworkType[]).includes(type);

/** Numbers of one type that networks may be given; those of VLANs are a physical network's own. */
export interface SegmentRange {
  readonly type: SegmentedType;
  readonly physicalNetwork: string | null;
  readonly minimum: number;
  readonly maximum: number;
}

/** All VLANs of a physical network. */
export const allVlansOf = (physicalNetwork: string): SegmentRange => ({
  type: 'vlan',
  physicalNetwork,
  minimum: 1,
  maximum: HIGHEST_ID.vlan,
});

const OUTER_HEADER = { 4: 20, 6: 40 } as const;
const INNER_ETHERNET = 14;
const UDP = 8;
/** Octets of each kind of tunnel between the outer IP header and the inner packet. */
const TUNNEL_HEADERS = {
  // Eight, and OVN's option with another eight (RFC 8926).
  geneve: UDP + 16 + INNER_ETHERNET,
  vxlan: UDP + 8 + INNER_ETHERNET,
  // Four, and the key with another four (RFC 2890).
  gre: 8 + INNER_ETHERNET,
} as const;

/**
 * Octets that ESP adds to a packet in transport mode with AES-GCM (RFC 4303 section 2, RFC 4106): its header, the vector,
 * at most three of padding, the trailer and the check value.
 */
const ESP = 8 + 8 + 3 + 2 + 16;

/**
 * Octets that a type adds to each packet, on an underlay of a family.
 * @param isEncrypted whether tunnels are
 */
export const overheadOf = (type: NetworkType, underlay: Family, isEncrypted: boolean): number =>
  type in TUNNEL_HEADERS
    ? OUTER_HEADER[underlay] + (isEncrypted ? ESP : 0) + TUNNEL_HEADERS[type as keyof typeof TUNNEL_HEADERS]
    : 0;
