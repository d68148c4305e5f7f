/** Which logs a packet belongs to: pure. */
import type { LogRow } from '../../resources/tables.ts';

export type LoggedEvent = 'ACCEPT' | 'DROP';

/** What of a log decides what it covers. */
export type Scope = Pick<LogRow, 'project_id' | 'resource_id' | 'target_id' | 'event'>;

/** A security group in the place where a packet met it. */
export interface Place {
  readonly group: { readonly id: string; readonly projectId: string };
  /** The port in the group; undefined when it is not known. */
  readonly portId: string | undefined;
}

/**
 * Whether a log covers what a group decides at a port: the group is its resource, or one of its target's, or with
 * neither named, one of its project's.
 */
export function covers(log: Scope, { group, portId }: Place, verdict: LoggedEvent): boolean {
  if (log.event !== 'ALL' && log.event !== verdict) return false;
  if (log.target_id !== null && log.target_id !== portId) return false;
  if (log.resource_id !== null) return log.resource_id === group.id;
  return log.target_id !== null || log.project_id === group.projectId;
}
