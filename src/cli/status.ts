/** `sextant status`: how a service is, for the people who run it. */

import { type Command, Option } from 'commander';
import { NeutronApiError, type NeutronClient } from '../client/index.ts';
import type { FailedUnit, RunningPart, ServiceStatus } from '../service/index.ts';
import { CommandFailure } from './errors.ts';
import { cellText } from './output/cell.ts';
import { drawTable } from './output/table.ts';
import { isObject } from './resource/flag.ts';
import { act } from './resource/session.ts';
import type { Terminal } from './terminal.ts';

/** Characters of a reason in one line of the table. */
const REASON_WIDTH = 70;

export function addStatusCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('status')
    .description(
      'Say how the service is: its parts, how far OVN follows, what could not be brought into OVN and why. The exit status is 0 when it is ready, else 1.',
    )
    .addOption(
      new Option('-f, --format <format>', 'output format').choices(['table', 'json']).default('table'),
    )
    .addHelpText('after', '\nExample:\n  sextant status');
  act(terminal, command, async ({ client }) => {
    const status = await readStatus(client);
    const { format } = command.opts<{ format: 'table' | 'json' }>();
    terminal.out(format === 'json' ? `${JSON.stringify(status, undefined, 2)}\n` : describe(status));
    if (!status.ready) throw new CommandFailure('the service is not ready');
  });
}

/** @throws CommandFailure when it is no Sextant that answers, or an older one */
async function readStatus(client: NeutronClient): Promise<ServiceStatus> {
  const unknown = 'the API has no /status: it is no Sextant, or one of an older release';
  try {
    const answer = await client.request('GET', '/status');
    if (!isObject(answer) || !isObject(answer.checks)) throw new CommandFailure(unknown);
    return answer as unknown as ServiceStatus;
  } catch (error) {
    if (error instanceof NeutronApiError && error.status === 404) throw new CommandFailure(unknown);
    throw error;
  }
}

function describe(status: ServiceStatus): string {
  const { version, started, ready, hosts, processes, failed_units: failed } = status;
  const reports = hosts.map(({ name, last_report: at }) => `${name} (${at})`);
  const lines: [title: string, text: string][] = [
    ...checkLines(status),
    ['engine', engineText(status)],
    ['hosts', reports.length === 0 ? 'none reports' : `reported last: ${reports.join(', ')}`],
  ];
  const width = Math.max(...lines.map(([title]) => title.length));
  return [
    `Sextant ${version}, started ${started}, is ${ready ? 'ready' : 'not ready'}`,
    ...lines.map(([title, text]) => `  ${title.padEnd(width)}  ${cellText(text)}`),
    ...processLines(processes ?? []),
    ...(failed === null ? ['', 'What could not be brought into OVN is not known now.'] : []),
    '',
  ]
    .join('\n')
    .concat(failed === null || failed.total === 0 ? '' : failedUnits(failed.total, failed.units));
}

const checkLines = ({ checks, store }: ServiceStatus): [string, string][] =>
  Object.entries(checks).map(([name, health]) => {
    const what = name === 'store' ? `${store.dialect}: ` : '';
    const how = health.ok
      ? ['ok', ...(health.note === undefined ? [] : [health.note])]
      : ['not ok', health.reason];
    return [name, what + how.join(', ')];
  });

/** A line for each process beside the service's own. */
function processLines(processes: readonly RunningPart[]): string[] {
  const width = Math.max(...processes.map(({ name }) => name.length));
  return processes.map(({ name, up, hangs, pid, since, adopted }) => {
    const how = (adopted ? 'adopted' : 'started') + (hangs ? ', does not answer' : '');
    const what = up ? `since ${since}, process ${pid}, ${how}` : 'not up: it is started again';
    return `    ${cellText(name).padEnd(width)}  ${what}`;
  });
}

function engineText({ engine }: ServiceStatus): string {
  if (engine === null) return 'not known now';
  const {
    role,
    ovn_version: ovn,
    position,
    journal_end: end,
    waiting,
    oldest_waiting_ms: oldest,
    counters,
  } = engine;
  const since = oldest === null ? '' : `, the oldest for ${(oldest / 1_000).toFixed(1)} s`;
  return [
    `OVN ${ovn ?? 'of an unknown version'}`,
    `${role}, entry ${position ?? '?'} of ${end ?? '?'} is in OVN`,
    `${waiting ?? '?'} wait${since}`,
    `transactions: ${counters.transactions}, repairs: ${counters.repairs}`,
  ].join('; ');
}

function failedUnits(total: number, units: readonly FailedUnit[]): string {
  const rows = units.map(({ unit, since, attempts, reason }) => [
    cellText(unit),
    since,
    String(attempts),
    wrapped(cellText(reason)),
  ]);
  const others = total > units.length ? `... and ${total - units.length} more.\n` : '';
  return [
    `\nCould not be brought into OVN (${total}); each is tried again by itself:\n`,
    drawTable(['Unit', 'Since', 'Attempts', 'Reason'], rows),
    others,
    'Look at the resource ("sextant port show ID" for port/ID) and change what the reason names; where it names\n',
    "nothing of the resource's, the service's log says more.\n",
  ].join('');
}

/** In lines of words. A word that is longer than a line stays whole: addresses and ids are to be copied. */
function wrapped(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > REASON_WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}
