/** Rules of networks that need no database. */
import { errors } from '../../errors/index.ts';
import type { Settings } from '../context.ts';

/** The smallest MTU of a link that carries IPv6 (RFC 8200 section 5). */
export const MINIMUM_IPV6_MTU = 1280;

/** How a network travels: Neutron's provider attributes, with the segmentation id still open where null. */
export interface Segment {
  readonly type: 'geneve' | 'vlan' | 'flat';
  readonly physicalNetwork: string | null;
  readonly segmentationId: number | null;
}

/**
 * Completes and checks the provider attributes of a new network.
 * @throws RequestError 400 that names the attribute
 */
export function chooseSegment(
  wish: {
    type: Segment['type'] | undefined;
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
  if (type === 'geneve') {
    if (physicalNetwork !== null) {
      throw errors.network.tunnelWithPhysicalNetwork();
    }
    return { type, physicalNetwork, segmentationId };
  }
  if (physicalNetwork === null) {
    throw errors.network.physicalNetworkMissing({ type, known: known(settings) });
  }
  if (!settings.physicalNetworks.includes(physicalNetwork)) {
    throw errors.network.physicalNetworkUnknown({ name: physicalNetwork, type, known: known(settings) });
  }
  if (type === 'flat' && segmentationId !== null) {
    throw errors.network.flatWithSegmentationId();
  }
  if (type === 'vlan' && segmentationId !== null && segmentationId > 4094) {
    throw errors.network.vlanOutOfRange({ id: segmentationId });
  }
  return { type, physicalNetwork, segmentationId };
}

const known = (settings: Settings): string => settings.physicalNetworks.join(', ') || 'none is configured';

/** The largest MTU (bytes) that a network of this type can have. */
export const maximumMtu = (type: Segment['type'], settings: Settings): number =>
  type === 'geneve' ? settings.physicalMtu - settings.tunnelOverhead : settings.physicalMtu;

/** @throws RequestError 400 when `mtu` is more than the type of network can carry */
export function checkMtu(mtu: number, type: Segment['type'], settings: Settings): void {
  const maximum = maximumMtu(type, settings);
  if (mtu > maximum) {
    throw errors.network.mtuTooLarge({ mtu, maximum, type });
  }
}
