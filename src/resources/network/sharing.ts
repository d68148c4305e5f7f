/** Who may use a network. */
import type { Kysely } from 'kysely';
import type { Context } from '../context.ts';
import { maySee, mayUse } from '../sharing.ts';
import type { NetworkRow, Tables } from '../tables.ts';

/** Whether the caller may see a network. */
export const canSeeNetwork = (db: Kysely<Tables>, row: NetworkRow, context: Context): Promise<boolean> =>
  maySee(db, 'network', row, context);

/** Whether the caller may put ports on a network. */
export const canUseNetwork = (db: Kysely<Tables>, row: NetworkRow, context: Context): Promise<boolean> =>
  mayUse(db, 'network', row, context);
