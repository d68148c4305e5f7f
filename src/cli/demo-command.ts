/** `sextant demo` as commander knows it; what it does is loaded when it is called. */
import type { Command } from 'commander';
import type { DemoFlags } from './demo.ts';
import { collect } from './flag-values.ts';
import type { Terminal } from './terminal.ts';

export function addDemoCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('demo')
    .description(
      'Run a Sextant of its own with two tenants, try every use case with real packets, print the gap table, and stay up.',
    )
    .option('--exit', 'end after the table; status 0 when every row that is claimed works')
    .option('--case <id>', 'only this use case. Repeatable.', collect, [])
    .option('--listen <address:port>', 'where the API listens', '[::1]:9696')
    .option('--output <directory>', 'keep the report in every format there, and the captured frames')
    .addHelpText('after', '\nExample:\n  sextant demo --exit');
  command.action(async () => {
    const { demo } = await import('./demo.ts');
    await demo(command.opts<DemoFlags>(), terminal);
  });
}
