/** Rules of networks that need no database. */
import { errors } from '../../errors/index.ts';
import type { Settings } from '../context.ts';
import { HIGHEST_ID, isPhysicalType, isSegmented, type NetworkType, overheadOf } from './segment.ts';

/** The smallest MTU of a link that carries IPv6 (RFC 8200 section 5). */
export const MINIMUM_IPV6_MTU = 1280;

/** How a network travels: Neutron's provider attributes, with the segmentation id still open where null. */
export interface Segment {
  readonly type: NetworkType;
  readonly physicalNetwork: string | null;
  readonly segmentationId: number | null;
}

/**
 * Completes and checks the provider attributes of a new network.
 * @throws RequestError 400 that names the attribute
 */
export function chooseSegment(
  wish: {
    type: NetworkType | undefined;
    physicalNetwork: string | null | undefined;
    segmentationId: number | null | undefined;
  },
  settings: Settings,
): Segment {
  const type = wish.type ?? 'geneve';
  const physicalNetwork = wish.physicalNetwork ?? null;
  const segmentationId = wish.segmentationId ?? null;
  if (wish.type === undefined && (physicalNetwork !== null || segmentationId !== null)) {
    throw errors.network.typeMissing();
  }
  // The kernel looks for a policy of IPsec before GRE over IPv6 has a source: none is found.
  if (type === 'gre' && settings.encryptsTunnels === true && settings.underlayFamily === 6)
    throw errors.network.notEncrypted();
  if (isPhysicalType(type)) requireKnown(type, physicalNetwork, settings);
  else if (physicalNetwork !== null) throw errors.network.withPhysicalNetwork({ type });
  if (segmentationId !== null) {
    if (!isSegmented(type)) throw errors.network.withSegmentationId({ type });
    const maximum = HIGHEST_ID[type];
    if (segmentationId > maximum)
      throw errors.network.segmentationIdOutOfRange({ id: segmentationId, maximum, type });
  }
  return { type, physicalNetwork, segmentationId };
}

function requireKnown(type: NetworkType, name: string | null, settings: Settings): void {
  if (name === null) throw errors.network.physicalNetworkMissing({ type, known: known(settings) });
  if (!settings.physicalNetworks.includes(name))
    throw errors.network.physicalNetworkUnknown({ name, type, known: known(settings) });
}

const known = (settings: Settings): string => settings.physicalNetworks.join(', ') || 'none is configured';

/** Octets of an 802.1Q tag. */
const TAG = 4;

/** @throws RequestError 400 when networks of this type cannot carry tags of their instances' own */
export function checkTransparency(isTransparent: boolean, type: NetworkType): void {
  if (isTransparent && isPhysicalType(type)) throw errors.network.notTransparent({ type });
}

/** The largest MTU (bytes) that a network of this type can have. */
export const maximumMtu = (
  type: NetworkType,
  { physicalMtu, underlayFamily, encryptsTunnels = false }: Settings,
): number => physicalMtu - overheadOf(type, underlayFamily, encryptsTunnels);

/** The MTU (bytes) of a network of which nothing else is said: a transparent one has room for a tag. */
export const usualMtu = (type: NetworkType, isTransparent: boolean, settings: Settings): number =>
  maximumMtu(type, settings) - (isTransparent ? TAG : 0);

/** @throws RequestError 400 when `mtu` is more than the type of network can carry */
export function checkMtu(mtu: number, type: NetworkType, settings: Settings): void {
  const maximum = maximumMtu(type, settings);
  if (mtu > maximum) {
    throw errors.network.mtuTooLarge({ mtu, maximum, type });
  }
}
