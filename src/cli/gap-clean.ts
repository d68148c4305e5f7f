/** `sextant gap clean`: what runs that were killed left in a cloud, and on this machine. */
import type { Command } from 'commander';
import { findLeftovers, removeLeftovers } from '../gap/index.ts';
import { connect, connectionFlags } from './connection.ts';
import { CommandFailure, UsageError } from './errors.ts';
import { entryOf } from './gap-cloud.ts';
import type { Terminal } from './terminal.ts';

interface CleanFlags {
  run?: string;
  yes?: true;
}

/**
 * Lists what there is, and with `--yes` removes it.
 * @param command with the flags that `addGapCommand` gave it
 */
export async function cleanGap(command: Command, terminal: Terminal): Promise<void> {
  const { run, yes } = command.optsWithGlobals<CleanFlags>();
  const connection = connectionFlags(command);
  if (connection.cloud === undefined && connection.endpoint === undefined) {
    throw new UsageError('Name the cloud by --cloud or --endpoint.');
  }
  const entry = entryOf(connection);
  const { client } = connect(connection, terminal);
  try {
    const leftovers = await findLeftovers(client, entry, run);
    for (const { kind, name } of leftovers) terminal.out(`${kind.replaceAll('_', ' ')} ${name}\n`);
    if (leftovers.length === 0) {
      terminal.out('There is nothing of the gap analysis.\n');
      return;
    }
    if (!yes)
      throw new UsageError('Nothing has been removed. Add --yes to remove these; a run may still need them.');
    const failed = await removeLeftovers(client, entry, leftovers);
    terminal.out(`Removed: ${leftovers.length - failed.length} of ${leftovers.length}.\n`);
    if (failed.length === 0) return;
    throw new CommandFailure(failed.map(({ leftover, reason }) => `${leftover.name}: ${reason}`).join('\n'));
  } finally {
    client.close();
  }
}
