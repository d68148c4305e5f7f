/** `sextant gap` as commander knows it; what it does is loaded when it is called. */
import { type Command, Option } from 'commander';
import type { ComparisonFormat, ReportFormat } from '../gap/index.ts';
import { addConnectionFlags } from './connection.ts';
import { collect, wholeNumber } from './flag-values.ts';
import { PROGRESS_KINDS } from './gap-progress.ts';
import type { Terminal } from './terminal.ts';

/**
 * The formats of a report and of a comparison, named once more, with the compiler to see that none is missing: all
 * commands load this file, and only `gap` needs the gap analysis.
 */
const formats = Object.keys({
  table: true,
  json: true,
  md: true,
  rst: true,
  html: true,
  junit: true,
} satisfies Record<ReportFormat, true>);

const comparisonFormats = Object.keys({
  table: true,
  json: true,
  md: true,
  html: true,
} satisfies Record<ComparisonFormat, true>);

export function addGapCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('gap')
    .description(
      'Try every IPv6 use case with real packets, against a Sextant of its own or the API that is named, and report.',
    )
    .option('--case <id>', 'only this use case. Repeatable.', collect, [])
    .addOption(new Option('-f, --format <format>', 'format of the report').choices(formats).default('table'))
    .option('--output <directory>', 'keep the report in every format there, and the captured frames')
    .addOption(
      new Option(
        '--progress <kind>',
        'how it goes, on standard error; auto: live rows in a terminal, else lines',
      )
        .choices(PROGRESS_KINDS)
        .default('auto'),
    )
    .option(
      '--hosts <number>',
      'spread instances over so many hosts, machines of a lab that join a Sextant of its own',
      wholeNumber,
    )
    .addOption(
      new Option('--underlay <version>', 'IP version of what is between these hosts')
        .choices(['6', '4'])
        .default('6'),
    )
    .option('--switch <remote>', 'OVSDB remote of the switch for instances; that of a Sextant here is known')
    .option('--switch-namespace <name>', "network namespace of that switch; the machine's when left out")
    .option(
      '--host <name>',
      'name of the host of that switch, as the cloud knows it; it is found out when left out',
    )
    .addOption(
      new Option(
        '--instances <way>',
        'where instances are: plugged into the switch here, or joined to servers that Nova boots',
      )
        .choices(['switch', 'nova'])
        .default('switch'),
    )
    .option('--image <name>', 'image of those servers: with cloud-init and Python 3')
    .option('--flavor <name>', 'flavor of those servers')
    .option(
      '--reach <network>',
      'network by which this machine reaches those servers: external, or a shared one',
    )
    .option(
      '--other-cloud <name>',
      'a cloud in clouds.yaml with another project, for somebody else to be played',
    )
    .option(
      '--patience <factor>',
      'how many times longer than usual everything may take; found out for clouds that are not Sextant, else 1',
      wholeNumber,
    )
    .option('--yes', 'make what is to be made in a cloud that is not Sextant')
    .addHelpText(
      'after',
      '\nExample:\n  sextant gap --case address-modes --case anti-spoofing --output evidence',
    );
  addConnectionFlags(command);
  const clean = command
    .command('clean')
    .description(
      'Remove what runs that were killed left in a cloud, from any machine: all that has their names.',
    )
    .option('--run <id>', 'what that run left alone: the six digits in the names')
    .option('--yes', 'remove it; without, it is only listed');
  clean.addHelpText('after', '\nExample:\n  sextant gap clean --cloud mine --yes');
  addConnectionFlags(clean);
  clean.action(async () => {
    const { cleanGap } = await import('./gap-clean.ts');
    await cleanGap(clean, terminal);
  });
  command.action(async () => {
    const { gap } = await import('./gap.ts');
    await gap(command, terminal);
  });
  command
    .command('compare <a> <b>')
    .description(
      'Show two reports that were kept as JSON side by side, differences first; fail when the second is worse.',
    )
    .addOption(
      new Option('-f, --format <format>', 'format of the comparison')
        .choices(comparisonFormats)
        .default('table'),
    )
    .addHelpText('after', '\nExample:\n  sextant gap compare before/gap.json after/gap.json')
    .action(async (a: string, b: string, { format }: { format: ComparisonFormat }) => {
      const { gapCompare } = await import('./gap-compare.ts');
      gapCompare(a, b, format, terminal);
    });
}
