/** `sextant bench` as commander knows it; what it does is loaded when it is called. */

import { type Command, Option } from 'commander';
import { USUAL_SIZES } from '../../bench/sizes.ts';
import type { BenchFlags } from './bench.ts';
import { addConnectionFlags, connectionFlags } from './connection.ts';
import { collect, wholeNumber, wholeNumbers } from './flag-values.ts';
import type { Terminal } from './terminal.ts';

export function addBenchCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('bench')
    .description(
      'Measure a Sextant of its own or the API that is named, Neutron included. What it makes there, it removes.',
    )
    .option('--against <url>', 'another API, measured in turns with the first')
    .option('--against-cloud <name>', 'the same, as a cloud in clouds.yaml')
    .option('--only <id>', 'run this benchmark alone. Repeatable.', collect, [])
    .option('--ports <number>', 'ports that each benchmark handles', wholeNumber, USUAL_SIZES.ports)
    .option('--bulk <number>', 'ports in a bulk request', wholeNumber, USUAL_SIZES.bulk)
    .option('--list <numbers>', 'ports in the lists', wholeNumbers, [...USUAL_SIZES.lists])
    .option('--pings <number>', 'instances that are pinged', wholeNumber, USUAL_SIZES.pings)
    .option('--seconds <number>', 'how long load goes on', wholeNumber, USUAL_SIZES.seconds)
    .option(
      '--hosts <number>',
      'measure so many hosts instead, machines of a lab that join a Sextant of its own',
      wholeNumber,
    )
    .option(
      '--pid <pid>',
      "the API's process, to tell its memory and CPU; that of a Sextant here is known",
      wholeNumber,
    )
    .option('--against-pid <pid>', 'the process of the other', wholeNumber)
    .addOption(
      new Option('-f, --format <format>', 'output format').choices(['table', 'json']).default('table'),
    )
    .option('--output <file>', 'write the JSON to this file besides')
    .addHelpText(
      'after',
      '\nExample:\n  sextant bench --ports 100 --list 1000 --against http://127.0.0.1:19696',
    );
  addConnectionFlags(command);
  command.action(async () => {
    const { bench } = await import('./bench.ts');
    await bench(command.opts<BenchFlags>(), connectionFlags(command), terminal);
  });
}
