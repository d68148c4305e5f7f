/** Rules of network segment ranges that need no database. */
import { errors } from '../../errors/index.ts';
import { HIGHEST_ID, type SegmentedType } from '../network/segment.ts';

/** What a range is about. */
interface Bounds {
  readonly network_type: SegmentedType;
  readonly physical_network: string | null;
  readonly minimum: number;
  readonly maximum: number;
}

/** @throws RequestError 400 when no network could have such ids */
export function checkRange(
  { network_type: type, physical_network: physicalNetwork, minimum, maximum }: Bounds,
  known: readonly string[],
): void {
  if (minimum > maximum) throw errors.networkSegmentRange.backwards({ minimum, maximum });
  const highest = HIGHEST_ID[type];
  if (maximum > highest) throw errors.networkSegmentRange.beyond({ maximum, highest, type });
  if (type !== 'vlan') {
    if (physicalNetwork !== null) throw errors.networkSegmentRange.withPhysicalNetwork({ type });
    return;
  }
  if (physicalNetwork === null || !known.includes(physicalNetwork)) {
    throw errors.networkSegmentRange.physicalNetworkUnknown({
      name: physicalNetwork ?? 'none',
      known: known.join(', ') || 'none is configured',
    });
  }
}
