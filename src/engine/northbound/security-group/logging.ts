/** Which of the packets that a security group decides about are logged. */
import { covers, type LoggedEvent, type Scope } from '../../../resources/index.ts';
import type { SecurityGroupSource } from './read.ts';

export interface GroupLogging {
  /** Those that its rules let through. */
  readonly accepted: boolean;
  /** Those that its ports drop: all of them, or these. */
  readonly dropped: 'all' | readonly string[];
}

export function groupLogging({ row, logs, loggedPorts }: SecurityGroupSource): GroupLogging {
  const group = { id: row.id, projectId: row.project_id };
  const applying = (verdict: LoggedEvent): Scope[] =>
    logs.filter((log) => {
      const portId = log.target_id ?? undefined;
      return (portId === undefined || loggedPorts.has(portId)) && covers(log, { group, portId }, verdict);
    });
  const dropping = applying('DROP').map(({ target_id }) => target_id);
  return {
    accepted: applying('ACCEPT').length > 0,
    dropped: dropping.includes(null) ? 'all' : [...new Set(dropping.filter((id) => id !== null))].sort(),
  };
}
