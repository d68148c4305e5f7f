/** Who has what ports are to have: one question for all of it, however many ports there are. */
import { type Kysely, sql } from 'kysely';
import { statement } from '../../store/index.ts';
import type { Tables } from '../tables.ts';

/** What may be somebody's. Addresses are sort keys. */
export interface Wishes {
  readonly macs?: readonly string[];
  /** Projects whose default groups are asked for. */
  readonly projects?: readonly string[];
  readonly subnetIds?: readonly string[];
  /** Of these subnets. */
  readonly addresses?: readonly string[];
  /** Addresses that an instance may have taken for itself. */
  readonly learnable?: readonly string[];
}

/** What somebody has. */
export interface Holders {
  /** MAC addresses that ports of the network have. */
  readonly macs: ReadonlySet<string>;
  /** The default groups of those projects that have one. */
  readonly defaultGroups: Map<string, string>;
  /** Addresses that are taken, as `allocationKey` has them. */
  readonly addresses: ReadonlySet<string>;
  /** Addresses that instances took for themselves, and their ports. */
  readonly learned: readonly { readonly address: string; readonly portId: string }[];
}

/** A subnet's address, given as a sort key, in one text. */
export const allocationKey = (subnetId: string, address: string): string => `${subnetId} ${address}`;

type Kind = 'mac' | 'group' | 'address' | 'learned';
const kind = (name: Kind) => sql<Kind>`${sql.lit(name)}`.as('kind');

const holdersOf = statement(
  (
    db: Kysely<Tables>,
    networkId: string,
    macs: readonly string[],
    projects: readonly string[],
    subnetIds: readonly string[],
    addresses: readonly string[],
    learnable: readonly string[],
  ) =>
    db
      .selectFrom('ports')
      .select([kind('mac'), 'mac_address as key', 'id as holder'])
      .where('network_id', '=', networkId)
      .where('mac_address', 'in', macs)
      .unionAll(
        db
          .selectFrom('default_security_groups')
          .select([kind('group'), 'project_id as key', 'security_group_id as holder'])
          .where('project_id', 'in', projects),
      )
      .unionAll(
        db
          .selectFrom('ip_allocations')
          .select([kind('address'), 'address as key', 'subnet_id as holder'])
          .where('subnet_id', 'in', subnetIds)
          .where('address', 'in', addresses),
      )
      .unionAll(
        db
          .selectFrom('learned_addresses')
          .select([kind('learned'), 'address as key', 'port_id as holder'])
          .where('network_id', '=', networkId)
          .where('address', 'in', learnable),
      ),
);

/** As much of each list as goes into one statement. */
const PART = 500;

/** Finds who has any of it, on a network. */
export async function findHolders(db: Kysely<Tables>, networkId: string, wanted: Wishes): Promise<Holders> {
  const { macs = [], projects = [], addresses = [], learnable = [] } = wanted;
  const subnetIds = [...new Set(wanted.subnetIds)];
  const longest = Math.max(...[macs, projects, addresses, learnable].map((list) => list.length));
  const starts = Array.from({ length: Math.ceil(longest / PART) }, (_, part) => part * PART);
  const rows = await Promise.all(
    starts.map((start) => {
      const part = (list: readonly string[]): readonly string[] => list.slice(start, start + PART);
      return holdersOf.all(
        db,
        networkId,
        part(macs),
        part(projects),
        subnetIds,
        part(addresses),
        part(learnable),
      );
    }),
  );
  const byKind = Map.groupBy(rows.flat(), (row) => row.kind);
  const found = (name: Kind) => byKind.get(name) ?? [];
  return {
    macs: new Set(found('mac').map(({ key }) => key)),
    defaultGroups: new Map(found('group').map(({ key, holder }) => [key, holder])),
    addresses: new Set(found('address').map(({ key, holder }) => allocationKey(holder, key))),
    learned: found('learned').map(({ key, holder }) => ({ address: key, portId: holder })),
  };
}
