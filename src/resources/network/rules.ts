/** Rules of networks that need no database. */
import type { Settings } from '../context.ts';
import { badRequest, invalidInput } from '../errors.ts';

/** The smallest MTU of a link that carries IPv6 (RFC 8200 section 5). */
export const minimumIpv6Mtu = 1280;

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
    throw invalidInput(
      'provider:network_type required when provider:physical_network or provider:segmentation_id is given.',
    );
  }
  if (type === 'geneve') {
    if (physicalNetwork !== null) {
      throw invalidInput(
        'provider:physical_network specified for geneve network: leave it out, tunnels use none.',
      );
    }
    return { type, physicalNetwork, segmentationId };
  }
  if (physicalNetwork === null) {
    throw invalidInput(`provider:physical_network required for ${type} network. Known: ${known(settings)}.`);
  }
  if (!settings.physicalNetworks.includes(physicalNetwork)) {
    throw invalidInput(
      `provider:physical_network '${physicalNetwork}' unknown for ${type} provider network. Known: ${known(settings)}.`,
    );
  }
  if (type === 'flat' && segmentationId !== null) {
    throw invalidInput('provider:segmentation_id specified for flat network: flat networks are untagged.');
  }
  if (type === 'vlan' && segmentationId !== null && segmentationId > 4094) {
    throw invalidInput(
      `provider:segmentation_id ${segmentationId} is out of range (1 through 4094) for vlan network.`,
    );
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
    throw badRequest(
      `Invalid input for mtu. Reason: ${mtu} is more than the ${maximum} bytes that a ${type} network carries here.`,
    );
  }
}
