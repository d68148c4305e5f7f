/** Quotas of what nothing bounded: the database counts it from now on. */
import type { Kysely } from 'kysely';
import { countRows } from './0045-quotas.ts';

export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await countRows(db, dialect, 'instances', 'instance');
  await countRows(db, dialect, 'anycast_addresses', 'anycast_address');
  await countRows(db, dialect, 'address_groups', 'address_group');
  await countRows(db, dialect, 'ndp_proxies', 'ndp_proxy');
}
