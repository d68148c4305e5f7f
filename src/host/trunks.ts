/** Which legs the trunks of a host are to have. Pure. */
import type { Mac } from '../addressing/index.ts';
import type { TrunkLeg } from '../switch/index.ts';
import type { Facts } from './facts/index.ts';

/** A leg, with the MAC address of its subport. */
export type WantedLeg = TrunkLeg & { readonly mac: Mac };

/**
 * The legs that are to be made, and the subports whose legs are to go. What is not known of a trunk that is plugged in
 * stays as it is.
 * @param plugged the ports that are plugged in
 * @param legs that there are
 */
export function legChanges(
  plugged: ReadonlySet<string>,
  facts: Pick<Facts, 'port'>,
  legs: readonly TrunkLeg[],
): { plug: WantedLeg[]; unplug: string[] } {
  const wanted = new Map<string, WantedLeg>();
  for (const trunk of plugged)
    for (const { portId: subport, mac } of facts.port(trunk)?.subports ?? [])
      wanted.set(subport, { subport, trunk, mac });
  const there = new Map(legs.map(({ subport, trunk }) => [subport, trunk]));
  const isUnknown = (trunk: string): boolean => plugged.has(trunk) && facts.port(trunk) === undefined;
  return {
    plug: [...wanted.values()].filter(({ subport, trunk }) => there.get(subport) !== trunk),
    unplug: legs
      .filter(({ subport, trunk }) => !wanted.has(subport) && !isUnknown(trunk))
      .map(({ subport }) => subport),
  };
}
