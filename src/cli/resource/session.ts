/** What commands about resources have in common when they run: a connection, and how they end. */
import type { Command } from 'commander';
import type { NeutronClient } from '../../client/index.ts';
import { addConnectionFlags, connect, connectionFlags } from '../connection.ts';
import type { Terminal } from '../terminal.ts';
import { ClientLookup } from './lookup.ts';

/** What a command has while it runs. */
export interface CommandSession {
  readonly client: NeutronClient;
  readonly lookup: ClientLookup;
}

/**
 * Makes `run` the command's action, with a connection that is closed in the end.
 * @param run gets the words that are no flags
 */
export function act(
  terminal: Terminal,
  command: Command,
  run: (session: CommandSession, words: readonly string[]) => Promise<void>,
): void {
  addConnectionFlags(command);
  command.action(async () => {
    const { client, projectId } = connect(connectionFlags(command), terminal);
    try {
      await run({ client, lookup: new ClientLookup(client, projectId) }, command.args);
    } finally {
      client.close();
    }
  });
}
