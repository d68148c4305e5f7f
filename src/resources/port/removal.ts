/** Takes a port away, whoever owns it. */

import { type Kysely, sql } from 'kysely';
import { statement } from '../../store/index.ts';
import { dropMember } from '../anycast-address/members.ts';
import { releaseFloatingIps, releaseForwardings } from '../floatingip/release.ts';
import { dropTarget } from '../log/target.ts';
import { releaseNdpProxies } from '../ndp-proxy/release.ts';
import { type JournalSubject, recordChange } from '../repository.ts';
import { giveBackAll, type HeldFromSubnet } from '../subnet/release.ts';
import type { Tables, Tx } from '../tables.ts';
import { port } from './definition.ts';
import { recordLearned } from './learned-addresses.ts';
import { releaseDelegations } from './pool-delegation.ts';

/** A port as far as its removal goes. */
const leaving = statement((db: Kysely<Tables>, id: string) =>
  db.selectFrom('ports').select(['id', 'network_id', 'device_id', 'device_owner']).where('id', '=', id),
);

type Tie =
  | 'address'
  | 'anycast address'
  | 'floating ip'
  | 'port forwarding'
  | 'NDP proxy'
  | 'log'
  | 'delegation'
  | 'group';
const tie = (name: Tie) => sql<Tie>`${sql.lit(name)}`.as('tie');

/** What an address is given back by; nothing of it where there is no address. */
const SUBNET_COLUMNS = [
  'address',
  'ip_version',
  'ipv6_ra_mode',
  'ipv6_address_mode',
  'allocation_pools',
] as const;
const NO_SUBNET = SUBNET_COLUMNS.map((column) => sql<null>`null`.as(column));

/**
 * What goes with a port: the addresses that it holds, with what their subnets are like, the anycast addresses that it
 * serves, the floating IPs that stand for it, the port forwardings that lead to it, the NDP proxies of its addresses, the
 * logs that it is the target of, what it has of subnet pools, and the groups whose members' learned addresses its own are.
 */
const tiesOf = statement((db: Kysely<Tables>, id: string) =>
  db
    .selectFrom('ip_allocations')
    .innerJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
    .select([tie('address'), 'subnet_id as other'])
    .select(SUBNET_COLUMNS.map((column) => sql.ref<string | null>(column).as(column)))
    .where('port_id', '=', id)
    .unionAll(
      db
        .selectFrom('anycast_members')
        .select([tie('anycast address'), 'anycast_address_id as other', ...NO_SUBNET])
        .where('port_id', '=', id),
    )
    .unionAll(
      db
        .selectFrom('floatingips')
        .select([tie('floating ip'), 'id as other', ...NO_SUBNET])
        .where('port_id', '=', id),
    )
    .unionAll(
      db
        .selectFrom('port_forwardings')
        .select([tie('port forwarding'), 'id as other', ...NO_SUBNET])
        .where('internal_port_id', '=', id),
    )
    .unionAll(
      db
        .selectFrom('ndp_proxies')
        .select([tie('NDP proxy'), 'id as other', ...NO_SUBNET])
        .where('port_id', '=', id),
    )
    .unionAll(
      db
        .selectFrom('logs')
        .select([tie('log'), 'id as other', ...NO_SUBNET])
        .where('target_id', '=', id),
    )
    .unionAll(
      db
        .selectFrom('pool_delegations')
        .select([tie('delegation'), 'subnetpool_id as other', ...NO_SUBNET])
        .where('port_id', '=', id),
    )
    .unionAll(
      db
        .selectFrom('port_security_groups')
        .select([tie('group'), 'security_group_id as other', ...NO_SUBNET])
        .where('port_id', '=', id)
        .where((builder) =>
          builder.exists(builder.selectFrom('learned_addresses').select('port_id').where('port_id', '=', id)),
        ),
    ),
);

const deleteAllocations = statement((db: Kysely<Tables>, portId: string) =>
  db.deleteFrom('ip_allocations').where('port_id', '=', portId),
);
const deletePort = statement((db: Kysely<Tables>, id: string) => db.deleteFrom('ports').where('id', '=', id));

/** Deletes a port and gives its addresses back. Whether that is allowed, the caller has decided. */
export async function removePort(tx: Tx, gone: JournalSubject<typeof port>): Promise<void> {
  const ties = Map.groupBy(await tiesOf.all(tx.db, gone.id), (row) => row.tie);
  const others = (name: Tie): string[] => (ties.get(name) ?? []).map(({ other }) => other);
  if (ties.has('anycast address')) await dropMember(tx, gone.id);
  if (ties.has('floating ip')) await releaseFloatingIps(tx, gone.id);
  if (ties.has('port forwarding')) await releaseForwardings(tx, gone.id);
  if (ties.has('NDP proxy')) await releaseNdpProxies(tx, gone.id);
  if (ties.has('log')) await dropTarget(tx, gone.id);
  if (ties.has('delegation')) await releaseDelegations(tx, gone.id);
  recordLearned(tx, others('group'));
  const held = (ties.get('address') ?? []).map(({ other, ...rest }) => ({ subnet_id: other, ...rest }));
  await giveBackAll(tx, held as unknown as HeldFromSubnet[]);
  tx.send(deleteAllocations.of(tx.db, gone.id));
  tx.send(deletePort.of(tx.db, gone.id));
  recordChange(tx, port, gone);
}

/** As `removePort`, for a port of which only its id is known, if it is there. */
export async function removePortWithId(tx: Tx, id: string): Promise<void> {
  const gone = await leaving.first(tx.db, id);
  if (gone) await removePort(tx, gone);
}
