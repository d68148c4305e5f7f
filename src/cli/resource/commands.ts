/** `create`, `list`, `show`, `set`, `unset` and `delete` of every resource, made from its definition. */

import { type Command, Option } from 'commander';
import { type Create, NeutronApiError, type NeutronClient, type Update } from '../../client/index.ts';
import { type Definition, definitions, isCreatable, type ResourceName } from '../../resources/definitions.ts';
import { CommandFailure } from '../errors.ts';
import { wholeNumber } from '../flag-values.ts';
import { listColumns, shownFields } from '../output/columns.ts';
import { renderItem, renderList } from '../output/render.ts';
import type { Terminal } from '../terminal.ts';
import { commandAt } from './command-at.ts';
import { exampleOf, type ResourceVerb } from './examples.ts';
import type { Flag, Given } from './flag.ts';
import { flagsOf, positionalAttribute } from './flags.ts';
import { type ClientLookup, type Item, titleOf, wordsOf } from './lookup.ts';
import { addOrderFlags, type OrderFlags, sorted } from './order-flags.ts';
import { addItemFlags, addListFlags, type ItemFlags, type ListFlags } from './output-flags.ts';
import { createRequest, listQuery, type ResourceRequest, setRequest, unsetRequest } from './requests.ts';
import { act } from './session.ts';

/** How often a change that builds on the present state is tried, when others change the resource meanwhile. */
const ATTEMPTS = 5;

/** What the parts of a resource's commands share. */
interface Group {
  readonly resource: ResourceName;
  readonly definition: Definition;
  /** `security group rule`, to hang the verbs on. */
  readonly command: Command;
  readonly terminal: Terminal;
}

/** Hangs the commands of every resource on the program. */
export function addResourceCommands(program: Command, terminal: Terminal): void {
  for (const [name, definition] of Object.entries(definitions)) {
    const resource = name as ResourceName;
    const command = commandAt(program, wordsOf(resource).split(' '));
    command.description(definition.doc);
    const group: Group = { resource, definition, command, terminal };
    if (isCreatable(definition)) addCreate(group);
    addList(group);
    addShow(group);
    if (Object.values(definition.attributes).some(({ update }) => update !== undefined)) {
      addSet(group);
      addUnset(group);
    }
    addDelete(group);
  }
  commandAt(program, ['security']).description('Security groups and their rules.');
}

function addCreate(group: Group): void {
  const { resource, definition, terminal } = group;
  const positional = positionalAttribute(definition);
  const verb = addVerb(group, 'create', `Make a ${titleOf(resource)}.`);
  const words = {
    name: '<name>',
    security_group_id: '<group>',
    floating_network_id: '<network>',
    object_id: '<object>',
  } as const;
  if (positional !== undefined) verb.argument(words[positional]);
  const given = addFlags(verb, flagsOf(resource, definition, 'create'));
  addItemFlags(verb);
  act(terminal, verb, async ({ client, lookup }, [text = '']) => {
    const request = await createRequest(resource, definition, text, given, lookup);
    const created: Item = await client.create(resource, request.attributes as Create<ResourceName>);
    if (request.tags === undefined || request.tags.length === 0) return printItem(group, verb, created);
    await client.setTags(resource, created.id, request.tags);
    printItem(group, verb, { ...created, tags: request.tags });
  });
}

function addList(group: Group): void {
  const { resource, definition, terminal } = group;
  const verb = addVerb(group, 'list', `List ${titleOf(resource)}s.`);
  if (positionalAttribute(definition) === 'security_group_id') verb.argument('[group]');
  const given = addFlags(verb, flagsOf(resource, definition, 'list'));
  verb.option('--long', 'more columns');
  verb.option('--limit <number>', 'so many at most', wholeNumber);
  addListFlags(verb);
  addOrderFlags(verb);
  act(terminal, verb, async ({ client, lookup }, [text]) => {
    const { format, column, long, limit, ...order } = verb.opts<ListingFlags>();
    const positional = positionalAttribute(definition);
    const known = text === undefined || positional === undefined ? [] : [positional];
    const columns = listColumns(resource, definition, { long: long ?? false, known, chosen: column });
    const query = { ...(await listQuery(text, given, lookup)), ...(limit !== undefined && { limit }) };
    const items: Item[] = await client.list(resource, query, limit);
    terminal.out(renderList(format, columns, sorted(items, columns, order)));
  });
}

interface ListingFlags extends ListFlags, OrderFlags {
  readonly long?: boolean;
  readonly limit?: number;
}

function addShow(group: Group): void {
  const { resource, terminal } = group;
  const verb = addVerb(group, 'show', `Show a ${titleOf(resource)}.`).argument(argumentOf(group));
  addItemFlags(verb);
  act(terminal, verb, async ({ lookup }, [text = '']) =>
    printItem(group, verb, await lookup.find(resource, text)),
  );
}

function addSet(group: Group): void {
  const { resource, definition, terminal } = group;
  const verb = addVerb(group, 'set', `Change a ${titleOf(resource)}.`).argument(argumentOf(group));
  const given = addFlags(verb, flagsOf(resource, definition, 'set'));
  act(terminal, verb, ({ client, lookup }, [text = '']) =>
    change(group, client, lookup, text, (current) =>
      setRequest(resource, definition, current, given, lookup),
    ),
  );
}

function addUnset(group: Group): void {
  const { resource, definition, terminal } = group;
  const verb = addVerb(group, 'unset', `Take values away from a ${titleOf(resource)}.`).argument(
    argumentOf(group),
  );
  const given = addFlags(verb, flagsOf(resource, definition, 'unset'));
  act(terminal, verb, ({ client, lookup }, [text = '']) =>
    change(group, client, lookup, text, (current) => unsetRequest(definition, current, given, lookup)),
  );
}

function addDelete(group: Group): void {
  const { resource, terminal } = group;
  const verb = addVerb(group, 'delete', `Delete ${titleOf(resource)}s.`).argument(
    `<${titleOf(resource)}...>`,
  );
  act(terminal, verb, async ({ client, lookup }, texts) => {
    let failed = 0;
    for (const text of texts) {
      try {
        await client.delete(resource, await lookup.idOf(resource, text));
      } catch (error) {
        if (!(error instanceof NeutronApiError || error instanceof CommandFailure)) throw error;
        if (texts.length === 1) throw error;
        terminal.err(`${text}: ${error.message}\n`);
        failed++;
      }
    }
    if (failed > 0) {
      throw new CommandFailure(`${failed} of ${texts.length} ${titleOf(resource)}s could not be deleted.`);
    }
  });
}

/** Reads, changes and writes; again when somebody else wrote in between. */
async function change(
  { resource }: Group,
  client: NeutronClient,
  lookup: ClientLookup,
  nameOrId: string,
  requestOf: (current: Item) => Promise<ResourceRequest>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const current = await lookup.find(resource, nameOrId);
    const { attributes, actions, tags } = await requestOf(current);
    try {
      if (Object.keys(attributes).length > 0) {
        const { revision_number: revision } = current;
        await client.update(resource, current.id, attributes as Update<ResourceName>, {
          revision: typeof revision === 'number' ? revision : undefined,
        });
      }
      for (const { action, body } of actions) await client.act(resource, current.id, action, body);
      if (tags !== undefined) await client.setTags(resource, current.id, tags);
      return;
    } catch (error) {
      const isStale = error instanceof NeutronApiError && error.status === 412;
      if (!isStale || attempt === ATTEMPTS) throw error;
    }
  }
}

function addVerb({ command, resource }: Group, verb: ResourceVerb, description: string): Command {
  return command
    .command(verb)
    .description(description)
    .addHelpText('after', `\nExample:\n  sextant ${exampleOf(resource, verb)}`);
}

const argumentOf = ({ resource }: Group): string => `<${titleOf(resource).replaceAll(' ', '-')}>`;

/** Gives the command its flags. The list fills, in the order given, when the command line is parsed. */
function addFlags(command: Command, flags: readonly Flag[]): Given[] {
  const given: Given[] = [];
  for (const flag of flags) {
    const value = flag.placeholder === undefined ? '' : ` <${flag.placeholder}>`;
    const option = new Option(
      `--${flag.name}${value}`,
      flag.repeatable ? `${flag.doc} Repeatable.` : flag.doc,
    );
    if (flag.choices !== undefined) option.argChoices = [...flag.choices];
    if (flag.required) option.makeOptionMandatory();
    command.addOption(option);
    command.on(`option:${flag.name}`, (text: string | null | undefined) =>
      given.push({ flag, text: text ?? '' }),
    );
  }
  return given;
}

function printItem({ terminal }: Group, command: Command, item: Item): void {
  const { format, column } = command.opts<ItemFlags>();
  terminal.out(renderItem(format, shownFields(item, column), item));
}
