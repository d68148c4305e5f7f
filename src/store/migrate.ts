/** Brings a database's tables up to date. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Logger } from 'pino';
import * as foundation from './migrations/0001-foundation.ts';
import * as addressPolicy from './migrations/0002-address-policy.ts';
import * as advertisements from './migrations/0003-advertisements.ts';
import * as instances from './migrations/0004-instances.ts';
import * as addressGroups from './migrations/0005-address-groups.ts';
import * as defaultRules from './migrations/0005-default-rules.ts';
import * as logs from './migrations/0005-logs.ts';
import * as multicastAnycast from './migrations/0006-multicast-anycast.ts';
import * as learnedAddresses from './migrations/0007-learned-addresses.ts';
import * as journalOfChanges from './migrations/0008-journal-of-changes.ts';
import * as unitStatus from './migrations/0009-unit-status.ts';
import * as lists from './migrations/0010-lists.ts';
import * as dnsForwarders from './migrations/0011-dns-forwarders.ts';
import * as allocationCursors from './migrations/0012-allocation-cursors.ts';
import * as learnedOrigins from './migrations/0013-learned-origins.ts';
import * as retiredRouters from './migrations/0014-retired-routers.ts';
import * as names from './migrations/0015-names.ts';
import * as lookUps from './migrations/0016-look-ups.ts';
import * as subnetPools from './migrations/0017-subnet-pools.ts';
import * as hosts from './migrations/0018-hosts.ts';
import * as segmentRanges from './migrations/0019-segment-ranges.ts';
import * as gatewayHosts from './migrations/0020-gateway-hosts.ts';
import * as nextHops from './migrations/0021-next-hops.ts';
import * as floatingIps from './migrations/0022-floating-ips.ts';
import * as heardRouters from './migrations/0023-heard-routers.ts';
import * as portBindings from './migrations/0025-port-bindings.ts';
import * as drainedHosts from './migrations/0026-drained-hosts.ts';
import * as pastGuard from './migrations/0027-past-guard.ts';
import * as identity from './migrations/0040-identity.ts';
import * as servingHosts from './migrations/0041-serving-hosts.ts';
import * as poolDelegations from './migrations/0042-pool-delegations.ts';
import * as routerDelegations from './migrations/0043-router-delegations.ts';
import * as quotas from './migrations/0045-quotas.ts';
import * as rbacPolicies from './migrations/0046-rbac-policies.ts';
import * as portForwardings from './migrations/0047-port-forwardings.ts';
import * as ndpProxies from './migrations/0048-ndp-proxies.ts';
import * as portHints from './migrations/0049-port-hints.ts';
import * as addressScopes from './migrations/0052-address-scopes.ts';
import * as trunks from './migrations/0053-trunks.ts';
import * as qos from './migrations/0054-qos.ts';
import * as furtherQuotas from './migrations/0055-further-quotas.ts';
import * as floatingIpQos from './migrations/0056-floating-ip-qos.ts';
import * as novaEvents from './migrations/0057-nova-events.ts';
import * as autoAllocatedTopologies from './migrations/0058-auto-allocated-topologies.ts';
import * as nptv6Translations from './migrations/0059-nptv6-translations.ts';
import * as nat64Prefix from './migrations/0060-nat64-prefix.ts';
import * as qosQuota from './migrations/0062-qos-quota.ts';
import * as bgp from './migrations/0064-bgp.ts';
import * as distributedIpv6 from './migrations/0065-distributed-ipv6.ts';
import * as externalGateways from './migrations/0066-external-gateways.ts';
import * as preferredDelegation from './migrations/0070-preferred-delegation.ts';
import * as packetRates from './migrations/0074-packet-rates.ts';
import * as portDomains from './migrations/0075-port-domains.ts';
import * as egressOnly from './migrations/0080-egress-only.ts';
import * as vlanTransparent from './migrations/0086-vlan-transparent.ts';
import type { DialectName } from './tables.ts';

// Numbers are unique but for 0005, which three were given, and the next one is the highest.
const migrations = {
  '0001-foundation': foundation,
  '0002-address-policy': addressPolicy,
  '0003-advertisements': advertisements,
  '0004-instances': instances,
  '0005-address-groups': addressGroups,
  '0005-default-rules': defaultRules,
  '0005-logs': logs,
  '0006-multicast-anycast': multicastAnycast,
  '0007-learned-addresses': learnedAddresses,
  '0008-journal-of-changes': journalOfChanges,
  '0009-unit-status': unitStatus,
  '0010-lists': lists,
  '0011-dns-forwarders': dnsForwarders,
  '0012-allocation-cursors': allocationCursors,
  '0013-learned-origins': learnedOrigins,
  '0014-retired-routers': retiredRouters,
  '0015-names': names,
  '0016-look-ups': lookUps,
  '0017-subnet-pools': subnetPools,
  '0018-hosts': hosts,
  '0019-segment-ranges': segmentRanges,
  '0020-gateway-hosts': gatewayHosts,
  '0021-next-hops': nextHops,
  '0022-floating-ips': floatingIps,
  '0023-heard-routers': heardRouters,
  '0025-port-bindings': portBindings,
  '0026-drained-hosts': drainedHosts,
  '0027-past-guard': pastGuard,
  '0040-identity': identity,
  '0041-serving-hosts': servingHosts,
  '0042-pool-delegations': poolDelegations,
  '0043-router-delegations': routerDelegations,
  '0045-quotas': quotas,
  '0046-rbac-policies': rbacPolicies,
  '0047-port-forwardings': portForwardings,
  '0048-ndp-proxies': ndpProxies,
  '0049-port-hints': portHints,
  '0052-address-scopes': addressScopes,
  '0053-trunks': trunks,
  '0054-qos': qos,
  '0055-further-quotas': furtherQuotas,
  '0056-floating-ip-qos': floatingIpQos,
  '0057-nova-events': novaEvents,
  '0058-auto-allocated-topologies': autoAllocatedTopologies,
  '0059-nptv6-translations': nptv6Translations,
  '0060-nat64-prefix': nat64Prefix,
  '0062-qos-quota': qosQuota,
  '0064-bgp': bgp,
  '0065-distributed-ipv6': distributedIpv6,
  '0066-external-gateways': externalGateways,
  '0070-preferred-delegation': preferredDelegation,
  '0074-packet-rates': packetRates,
  '0075-port-domains': portDomains,
  '0080-egress-only': egressOnly,
  '0086-vlan-transparent': vlanTransparent,
} as const;

/** Their names, in the order in which they are run. What a database has seen it knows by name: none may be changed. */
export const migrationNames = Object.keys(migrations) as (keyof typeof migrations)[];

/** The table of what a database has seen; earlier releases had Kysely's migrator write it. */
interface Seen {
  kysely_migration: { name: string; timestamp: string };
}

/** The advisory lock that Kysely's migrator takes on PostgreSQL: earlier releases wait for it, too. */
const MIGRATION_LOCK = 3853314791062309107n;

/** A database that this program cannot bring up to date. */
export class MigrationError extends Error {}

/** The migrations that the database has not seen. */
async function pendingIn(db: Kysely<Seen>): Promise<{ pending: typeof migrationNames; isEmpty: boolean }> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === 'kysely_migration'))
    return { pending: migrationNames, isEmpty: true };
  const rows = await db.selectFrom('kysely_migration').select('name').execute();
  const seen = new Set(rows.map(({ name }) => name));
  const unknown = [...seen].filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length > 0)
    throw new MigrationError(
      `it is newer than this program, which does not know ${unknown.join(', ')}: run the newer one`,
    );
  return { pending: migrationNames.filter((name) => !seen.has(name)), isEmpty: seen.size === 0 };
}

export interface MigrateOptions {
  /** Saves the database as it is, before anything in it is changed. */
  readonly copy?: () => void;
  /** Runs no others: for databases as earlier releases left them. */
  readonly only?: readonly string[];
}

/**
 * Runs the migrations that the database has not seen, all in one transaction: one that is interrupted leaves nothing
 * behind. Several processes may call it at once.
 * @throws MigrationError when the database is newer than this program; errors of the database
 */
export async function migrate<T>(
  database: Kysely<T>,
  dialect: DialectName,
  log: Logger,
  { copy, only = migrationNames }: MigrateOptions = {},
): Promise<void> {
  const db = database as unknown as Kysely<Seen>;
  const before = await pendingIn(db);
  if (before.pending.length === 0) return;
  if (!before.isEmpty) copy?.();
  const done = await db.transaction().execute(async (tx) => {
    if (dialect === 'postgres')
      await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(tx);
    // Another process may have been here meanwhile.
    const { pending } = await pendingIn(tx);
    await tx.schema
      .createTable('kysely_migration')
      .ifNotExists()
      .addColumn('name', 'varchar(255)', (column) => column.primaryKey())
      .addColumn('timestamp', 'varchar(255)', (column) => column.notNull())
      .execute();
    const wanted = pending.filter((name) => only.includes(name));
    for (const name of wanted) {
      const up: Migration['up'] = (at) => migrations[name].up(at, dialect);
      await up(tx as unknown as Kysely<unknown>);
      await tx.insertInto('kysely_migration').values({ name, timestamp: new Date().toISOString() }).execute();
    }
    return wanted;
  });
  for (const migration of done) log.info({ migration }, 'database migrated');
}
