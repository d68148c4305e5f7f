/** What quotas are of. Pure. */
import { definitions, type ResourceName } from '../registry.ts';

/** A quota that means any number. */
export const UNLIMITED = -1;

/** How many of each resource a project may have where nobody says otherwise, as in Neutron. */
export const USUAL_QUOTAS: Readonly<Partial<Record<ResourceName, number>>> = Object.fromEntries(
  Object.values(definitions).flatMap(({ name, counted }) =>
    counted === undefined ? [] : [[name, counted.usual]],
  ),
);

/** The resources that quotas are of, by their names. */
export const COUNTED_RESOURCES = Object.keys(USUAL_QUOTAS) as readonly ResourceName[];
