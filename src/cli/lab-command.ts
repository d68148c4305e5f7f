/** `sextant lab`: the namespaces that stand for instances. */
import type { Command } from 'commander';
import { addConnectionFlags, connectionFlags } from './connection.ts';
import type { Terminal } from './terminal.ts';

export function addLabCommands(program: Command, terminal: Terminal): void {
  const lab = program
    .command('lab')
    .description('Instances on this machine that stand for virtual machines.');
  const run = lab
    .command('run')
    .description(
      'Run a command in an instance that has this port, with the addresses that the network gives it.',
    )
    .argument('<port>', 'the port, by name or id')
    .argument('[command...]', 'what to run there; a shell when left out')
    .passThroughOptions()
    .addHelpText('after', '\nExample:\n  sextant lab run web -- ping -c 3 fd00:b1::');
  addConnectionFlags(run).action(async (port: string, command: string[]) => {
    const { runInInstance } = await import('./lab-run.ts');
    process.exitCode = await runInInstance(port, command, connectionFlags(run), terminal);
  });
  lab
    .command('clean')
    .description('Remove what labs and servers left that were killed; what lives is left alone.')
    .addHelpText('after', '\nExample:\n  sextant lab clean')
    .action(async () => {
      const { cleanLabs } = await import('./lab.ts');
      await cleanLabs(terminal);
    });
}
