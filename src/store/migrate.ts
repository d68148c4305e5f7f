/** Brings a database's tables up to date. */
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
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
import type { DialectName } from './tables.ts';

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
} as const;

/**
 * Runs the migrations that the database has not seen; several processes may call it at once.
 * @throws Error when one fails, or when the database is newer than this program
 */
export async function migrate<T>(db: Kysely<T>, dialect: DialectName, log: Logger): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: async () =>
        Object.fromEntries(
          Object.entries(migrations).map(([name, { up }]): [string, Migration] => [
            name,
            { up: (at) => up(at, dialect) },
          ]),
        ),
    },
  });
  const { error, results } = await migrator.migrateToLatest();
  for (const result of results ?? []) {
    if (result.status === 'Success') log.info({ migration: result.migrationName }, 'database migrated');
  }
  if (error) throw error;
}
