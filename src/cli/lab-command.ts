/** `sextant lab`: the namespaces that stand for instances. */
import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

export function addLabCommands(program: Command, terminal: Terminal): void {
  const lab = program
    .command('lab')
    .description('Instances on this machine that stand for virtual machines.');
  lab
    .command('clean')
    .description('Remove what labs and servers left that were killed; what lives is left alone.')
    .addHelpText('after', '\nExample:\n  sextant lab clean')
    .action(async () => {
      const { cleanLabs } = await import('./lab.ts');
      await cleanLabs(terminal);
    });
}
