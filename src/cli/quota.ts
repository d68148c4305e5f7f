/** `sextant quota`: how many of each resource a project may have, with the `openstack` command's flags. */
import { type Command, Option } from 'commander';
import type { NeutronClient } from '../client/index.ts';
import { COUNTED_RESOURCES, definitions, type ResourceName } from '../resources/definitions.ts';
import { CommandFailure, UsageError } from './errors.ts';
import { shownFields } from './output/columns.ts';
import {
  ITEM_FORMATS,
  type ItemFormat,
  LIST_FORMATS,
  type ListFormat,
  renderItem,
  renderList,
} from './output/render.ts';
import { isObject } from './resource/flag.ts';
import { act } from './resource/session.ts';
import type { Terminal } from './terminal.ts';

/** What the `openstack` command calls quotas, where that is not the resource's name and an s. */
const FLAGS: Readonly<Partial<Record<ResourceName, string>>> = {
  floatingip: 'floating-ips',
  security_group: 'secgroups',
  security_group_rule: 'secgroup-rules',
};

const flagOf = (name: ResourceName): string => FLAGS[name] ?? `${name.replaceAll('_', '-')}s`;

const wordsOf = new Map<string, string>(COUNTED_RESOURCES.map((name) => [name, flagOf(name)]));

const nameOf = new Map(Array.from(wordsOf, ([name, flag]) => [flag, name]));

/** By what scripts read them: the flags. */
const renamed = (quota: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(quota).map(([name, value]) => [wordsOf.get(name) ?? name, value]));

function objectIn(answer: unknown, key: string): Record<string, unknown> {
  const value = isObject(answer) ? answer[key] : undefined;
  if (!isObject(value)) throw new CommandFailure('the API has no quotas');
  return value;
}

/** The project that is meant: the one that is named, or the caller's. */
async function projectIn(client: NeutronClient, text: string | undefined): Promise<string> {
  if (text !== undefined) return text;
  return String(objectIn(await client.request('GET', '/v2.0/quotas/project'), 'project').project_id);
}

const pathOf = (project: string): string => `/v2.0/quotas/${encodeURIComponent(project)}`;

/** Hangs the commands on `quota`. */
export function addQuotaCommands(program: Command, terminal: Terminal): void {
  const quota = program.command('quota').description('How many of each resource a project may have.');
  addList(quota, terminal);
  addShow(quota, terminal);
  addSet(quota, terminal);
  addDelete(quota, terminal);
}

const formatOption = (formats: readonly string[]) =>
  new Option('-f, --format <format>', 'output format').choices(formats).default('table');

function addList(quota: Command, terminal: Terminal): void {
  const verb = quota
    .command('list')
    .description('List the projects that have quotas of their own. For administrators.')
    .addOption(formatOption(LIST_FORMATS))
    .addHelpText('after', '\nExample:\n  sextant quota list');
  act(terminal, verb, async ({ client }) => {
    const answer = await client.request('GET', '/v2.0/quotas');
    const found = isObject(answer) && Array.isArray(answer.quotas) ? answer.quotas.filter(isObject) : [];
    const items = found.map(renamed);
    const [first = { project_id: '' }] = items;
    const columns = shownFields(first, []).sort(
      (one, other) => Number(other.name === 'project_id') - Number(one.name === 'project_id'),
    );
    terminal.out(renderList(verb.opts<{ format: ListFormat }>().format, columns, items));
  });
}

function addShow(quota: Command, terminal: Terminal): void {
  const verb = quota
    .command('show')
    .description('Show the quotas of a project; of the own, when none is named.')
    .argument('[project]')
    .addOption(new Option('--default', 'those of a project of which nobody said anything else'))
    .addOption(new Option('--usage', 'with what the project has').conflicts('default'))
    .addOption(formatOption(ITEM_FORMATS))
    .addHelpText('after', '\nExample:\n  sextant quota show --usage red');
  act(terminal, verb, async ({ client }, [text]) => {
    const path = pathOf(await projectIn(client, text));
    const { format, usage, ...flags } = verb.opts<{ format: ItemFormat; usage?: true; default?: true }>();
    if (usage) {
      const details = objectIn(await client.request('GET', `${path}/details`), 'quota');
      const items = Object.entries(renamed(details)).map(([resource, detail]) => {
        const { limit, used } = isObject(detail) ? detail : {};
        return { resource, in_use: used, limit };
      });
      const named = ['resource', 'in_use', 'limit'];
      const columns = shownFields({ resource: '', in_use: 0, limit: 0 }, []).sort(
        (one, other) => named.indexOf(one.name) - named.indexOf(other.name),
      );
      if (format === 'shell')
        throw new UsageError('-f shell: with --usage it is a list, which a shell has no variables for.');
      terminal.out(renderList(format, columns, items));
      return;
    }
    const answer = await client.request('GET', flags.default ? `${path}/default` : path);
    const item = renamed(objectIn(answer, 'quota'));
    terminal.out(renderItem(format, shownFields(item, []), item));
  });
}

function addSet(quota: Command, terminal: Terminal): void {
  const verb = quota
    .command('set')
    .description('Set quotas of a project: -1 is any number. For administrators.')
    .argument('<project>')
    .addHelpText('after', '\nExample:\n  sextant quota set --networks 20 --ports -1 red');
  for (const [name, flag] of wordsOf)
    verb.option(
      `--${flag} <number>`,
      `how many ${definitions[name as ResourceName].collection.replaceAll('_', ' ')}`,
    );
  verb.option('--check-limit', 'refuse what is less than the project has');
  act(terminal, verb, async ({ client }, [project = '']) => {
    const given = verb.opts<Record<string, unknown>>();
    const wishes = verb.options.flatMap((option) => {
      const name = nameOf.get(option.long?.slice(2) ?? '');
      const value = given[option.attributeName()];
      return name === undefined || value === undefined ? [] : [[name, value]];
    });
    if (wishes.length === 0) throw new UsageError('It takes a quota: --networks 20');
    const body = { ...Object.fromEntries(wishes), ...(given.checkLimit === true && { check_limit: true }) };
    await client.request('PUT', pathOf(project), { body: { quota: body } });
  });
}

function addDelete(quota: Command, terminal: Terminal): void {
  const verb = quota
    .command('delete')
    .description('Have a project the quotas again that all have. For administrators.')
    .argument('<project>')
    .addHelpText('after', '\nExample:\n  sextant quota delete red');
  act(terminal, verb, async ({ client }, [project = '']) => {
    await client.request('DELETE', pathOf(project));
  });
}
