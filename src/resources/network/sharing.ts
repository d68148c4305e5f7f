/** Who may use a network. */
import type { NetworkRow } from '../../resources/tables.ts';
import type { Context } from '../context.ts';
import { mayUse } from '../sharing.ts';

/** Whether the caller may see a network. */
export const canSeeNetwork = (row: NetworkRow, context: Context): boolean =>
  canUseNetwork(row, context) || row.router_external === 1;

/** Whether the caller may put ports on a network. */
export const canUseNetwork: (row: NetworkRow, context: Context) => boolean = mayUse;
