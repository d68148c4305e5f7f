/** Who may use what projects share. */
import type { Context } from './context.ts';
import type { StoredBoolean } from './definition/definition.ts';

/** Whether the caller may use something: its owner may, whoever it is shared with, and administrators. */
export const mayUse = (
  row: { readonly project_id: string; readonly shared: StoredBoolean },
  context: Context,
): boolean => context.isAdmin || row.project_id === context.projectId || row.shared === 1;
