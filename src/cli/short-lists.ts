/** Lists of what nobody makes: `extension list`, `availability zone list`, `floating ip pool list`. */
import type { Command } from 'commander';
import { CommandFailure } from './errors.ts';
import { titledColumns } from './output/columns.ts';
import { renderList } from './output/render.ts';
import { commandAt } from './resource/command-at.ts';
import { isObject } from './resource/flag.ts';
import { addOrderFlags, type OrderFlags, sorted } from './resource/order-flags.ts';
import { addListFlags, type ListFlags } from './resource/output-flags.ts';
import { act } from './resource/session.ts';
import type { Terminal } from './terminal.ts';

interface ShortList {
  /** What it is a list of, as it is typed. */
  readonly words: readonly string[];
  readonly path: string;
  readonly key: string;
  readonly doc: string;
  /** Titles of columns, by attribute. */
  readonly titles: Readonly<Record<string, string>>;
}

const LISTS: readonly ShortList[] = [
  {
    ...{ words: ['extension'], path: 'extensions', key: 'extensions' },
    doc: 'What the API can do, by the names that clients ask for.',
    titles: { name: 'Name', alias: 'Alias', description: 'Description' },
  },
  {
    ...{ words: ['availability', 'zone'], path: 'availability_zones', key: 'availability_zones' },
    doc: 'The availability zones that hosts are in.',
    titles: { name: 'Zone Name', state: 'Zone Status', resource: 'Zone Resource' },
  },
  {
    ...{ words: ['floating', 'ip', 'pool'], path: 'floatingip_pools', key: 'floatingip_pools' },
    doc: 'The subnets that floating IPs come from.',
    titles: { subnet_id: 'Subnet ID', subnet_name: 'Subnet Name', network_id: 'Network ID', cidr: 'Subnet' },
  },
];

/** Hangs the commands on the program. */
export function addShortListCommands(program: Command, terminal: Terminal): void {
  for (const list of LISTS) addShortList(program, terminal, list);
}

function addShortList(
  program: Command,
  terminal: Terminal,
  { words, path, key, doc, titles }: ShortList,
): void {
  const group = commandAt(program, [...words]).description(doc);
  const verb = group
    .command('list')
    .description(doc)
    .addHelpText('after', `\nExample:\n  sextant ${words.join(' ')} list`);
  addListFlags(verb);
  addOrderFlags(verb);
  act(terminal, verb, async ({ client }) => {
    const { format, column, ...order } = verb.opts<ListFlags & OrderFlags>();
    const answer = await client.request('GET', `/v2.0/${path}`);
    const all = isObject(answer) ? answer[key] : undefined;
    if (!Array.isArray(all)) throw new CommandFailure(`the API has no ${key}`);
    const columns = titledColumns(titles, column);
    terminal.out(renderList(format, columns, sorted(all.filter(isObject), columns, order)));
  });
}
