/** QoS policies are counted, for their quota. */
import type { Kysely } from 'kysely';
import { countRows } from './0045-quotas.ts';

export const up = (db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> =>
  countRows(db, dialect, 'policies', 'policy');
