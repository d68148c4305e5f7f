/** What `sextant lab` does. */
import { removeAbandonedEngines } from '../engine/index.ts';
import { Lab } from '../lab/index.ts';
import { openLog } from './log.ts';
import type { Terminal } from './terminal.ts';

/** Removes what dead labs and engines left, and says what that was. */
export async function cleanLabs(terminal: Terminal): Promise<void> {
  const { labs, namespaces, ports } = await Lab.clean(openLog('warn'));
  const engines = await removeAbandonedEngines();
  const removed = [
    ...namespaces.map((name) => `namespace ${name}`),
    ...ports.map((id) => `plugged port ${id}`),
    ...labs.map((id) => `lab ${id}`),
    ...engines.map((id) => `engine ${id}`),
  ];
  terminal.out(
    removed.length === 0 ? 'Nothing to remove.\n' : removed.map((what) => `Removed ${what}\n`).join(''),
  );
}
