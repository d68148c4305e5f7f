/** `sextant network auto allocated topology`, with the `openstack` command's flags. */
import type { Command } from 'commander';
import { CommandFailure } from './errors.ts';
import { shownFields } from './output/columns.ts';
import { renderItem } from './output/render.ts';
import { commandAt } from './resource/command-at.ts';
import { isObject } from './resource/flag.ts';
import { addItemFlags, type ItemFlags } from './resource/output-flags.ts';
import { act } from './resource/session.ts';
import type { Terminal } from './terminal.ts';

interface TopologyFlags extends ItemFlags {
  readonly project?: string;
  readonly checkResources?: true;
}

/** What the API takes for the caller's own project. */
const OWN = 'None';

const pathOf = ({ project = OWN }: TopologyFlags): string =>
  `/v2.0/auto-allocated-topology/${encodeURIComponent(project)}`;

/** Hangs the commands on `network`. */
export function addAutoAllocatedTopologyCommands(program: Command, terminal: Terminal): void {
  const group = commandAt(program, ['network', 'auto', 'allocated', 'topology']);
  group.description('A network with subnets and a router for a project that does not care which.');
  const add = (verb: string, description: string) =>
    group
      .command(verb)
      .description(description)
      .option('--project <project>', 'whose, by its id; your own when left out')
      .addHelpText('after', `\nExample:\n  sextant network auto allocated topology ${verb}`);
  const create = add('create', 'Make one, or show that which there is.')
    .option('--check-resources', 'only see whether one can be made')
    .option('--or-show', 'show that which there is, which is done anyway');
  addItemFlags(create);
  act(terminal, create, async ({ client }) => {
    const flags = create.opts<TopologyFlags>();
    const answer = await client.request(
      'GET',
      `${pathOf(flags)}${flags.checkResources ? '?fields=dry-run' : ''}`,
    );
    const shown = isObject(answer) ? answer.auto_allocated_topology : undefined;
    if (!isObject(shown)) throw new CommandFailure('the API has no auto-allocated topologies');
    terminal.out(renderItem(flags.format, shownFields(shown, flags.column), shown));
  });
  const remove = add('delete', 'Delete it with its network, subnets and router.');
  act(terminal, remove, async ({ client }) => {
    await client.request('DELETE', pathOf(remove.opts<TopologyFlags>()));
  });
}
