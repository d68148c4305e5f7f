/** Which hosts reach a physical network: a port's own host is of use to what is outside only if it does. */
import type { Kysely } from 'kysely';
import { physicalNetworksOf, type Tables } from '../../../resources/index.ts';

/**
 * Whether a port's host reaches a physical network.
 * @param hosts those that it is on, by either of their names; none for whichever it is plugged in on
 * @param physicalNetwork null for none, which nobody reaches
 */
export type IsReached = (hosts: readonly string[], physicalNetwork: string | null) => boolean;

/** Looks up what hosts reach. One that nobody knows reaches nothing. */
export async function readReach(db: Kysely<Tables>): Promise<IsReached> {
  const agents = await db.selectFrom('agents').select(['host', 'chassis', 'configurations']).execute();
  const all = agents.map(({ host, chassis, configurations }) => ({
    names: [host, chassis],
    reaches: physicalNetworksOf(configurations),
  }));
  return (hosts, physicalNetwork) => {
    if (physicalNetwork === null) return false;
    const reach = ({ reaches }: (typeof all)[number]) => reaches.includes(physicalNetwork);
    if (hosts.length === 0) return all.length > 0 && all.every(reach);
    return hosts.every((name) => {
      const known = all.filter(({ names }) => names.includes(name));
      return known.length > 0 && known.every(reach);
    });
  };
}
