/** `floating ip port forwarding create` and so on, with the `openstack` command's flags. */
import type { Command } from 'commander';
import { CommandFailure } from '../errors.ts';
import { shownFields, titledColumns } from '../output/columns.ts';
import { renderItem, renderList } from '../output/render.ts';
import type { Terminal } from '../terminal.ts';
import { commandAt } from './command-at.ts';
import { type Body, isObject } from './flag.ts';
import type { ClientLookup } from './lookup.ts';
import { addItemFlags, addListFlags, type ItemFlags, type ListFlags } from './output-flags.ts';
import { act } from './session.ts';

const TITLES = {
  id: 'ID',
  internal_port_id: 'Internal Port ID',
  internal_ip_address: 'Internal IP Address',
  internal_port_range: 'Internal Port Range',
  external_port_range: 'External Port Range',
  protocol: 'Protocol',
  description: 'Description',
};

interface ForwardingFlags {
  readonly port?: string;
  readonly internalIpAddress?: string;
  readonly internalProtocolPort?: string;
  readonly externalProtocolPort?: string;
  readonly protocol?: string;
  readonly description?: string;
}

/** Hangs the commands on `floating ip`. */
export function addPortForwardingCommands(program: Command, terminal: Terminal): void {
  const group = commandAt(program, ['floating', 'ip', 'port', 'forwarding']);
  group.description('Ports of a floating IP that lead to ports of instances.');
  commandAt(program, ['floating', 'ip', 'port']).description('Ports of floating IPs.');
  addCreate(group, terminal);
  addList(group, terminal);
  addShow(group, terminal);
  addSet(group, terminal);
  addDelete(group, terminal);
}

function addVerb(group: Command, verb: string, description: string, example: string): Command {
  return group
    .command(verb)
    .description(description)
    .argument('<floating-ip>')
    .addHelpText('after', `\nExample:\n  sextant floating ip port forwarding ${verb} ${example}`);
}

const addForwardingFlags = (verb: Command): Command =>
  verb
    .option('--port <port>', 'the port that it leads to')
    .option('--internal-ip-address <address>', 'the address of that port; its first one when left out')
    .option('--internal-protocol-port <port>', 'the port there, or FIRST:LAST')
    .option('--external-protocol-port <port>', 'the port of the floating IP, or FIRST:LAST')
    .option('--protocol <protocol>', 'tcp or udp')
    .option('--description <text>', 'a description');

/** What flags say, in the API's words. */
async function forwardingOf(flags: ForwardingFlags, lookup: ClientLookup): Promise<Body> {
  const { port, internalProtocolPort, externalProtocolPort } = flags;
  const given = {
    internal_port_id: port === undefined ? undefined : await lookup.idOf('port', port),
    internal_ip_address: flags.internalIpAddress,
    internal_port_range: internalProtocolPort,
    external_port_range: externalProtocolPort,
    protocol: flags.protocol,
    description: flags.description,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const pathOf = async (
  lookup: ClientLookup,
  floatingIp: string,
  ...rest: readonly string[]
): Promise<string> =>
  [
    ...['/v2.0/floatingips', await lookup.idOf('floatingip', floatingIp), 'port_forwardings'],
    ...rest.map(encodeURIComponent),
  ].join('/');

/** @throws CommandFailure when the API is another */
function oneIn(answer: unknown): Body {
  const one = isObject(answer) ? answer.port_forwarding : undefined;
  if (!isObject(one)) throw new CommandFailure('the API has no port forwardings');
  return one;
}

function print(terminal: Terminal, verb: Command, answer: unknown): void {
  const { format, column } = verb.opts<ItemFlags>();
  const item = oneIn(answer);
  terminal.out(renderItem(format, shownFields(item, column), item));
}

function addCreate(group: Command, terminal: Terminal): void {
  const verb = addForwardingFlags(
    addVerb(
      group,
      'create',
      'Have a port of a floating IP lead to one of an instance.',
      '--port web --internal-protocol-port 80 --external-protocol-port 8080 --protocol tcp 203.0.113.9',
    ),
  );
  for (const option of verb.options)
    if (['port', 'internalProtocolPort', 'externalProtocolPort', 'protocol'].includes(option.attributeName()))
      option.makeOptionMandatory();
  addItemFlags(verb);
  act(terminal, verb, async ({ client, lookup }, [floatingIp = '']) => {
    const port_forwarding = await forwardingOf(verb.opts<ForwardingFlags>(), lookup);
    const path = await pathOf(lookup, floatingIp);
    print(terminal, verb, await client.request('POST', path, { body: { port_forwarding } }));
  });
}

function addList(group: Command, terminal: Terminal): void {
  const verb = addVerb(group, 'list', 'List the port forwardings of a floating IP.', '203.0.113.9');
  addListFlags(verb);
  act(terminal, verb, async ({ client, lookup }, [floatingIp = '']) => {
    const { format, column } = verb.opts<ListFlags>();
    const answer = await client.request('GET', await pathOf(lookup, floatingIp));
    const all = isObject(answer) && Array.isArray(answer.port_forwardings) ? answer.port_forwardings : [];
    terminal.out(renderList(format, titledColumns(TITLES, column), all.filter(isObject)));
  });
}

/** An id, for examples. */
const ID = '9c3f2f5e-7f7c-4b62-8a2e-0d1f6f0a7c11';

function addShow(group: Command, terminal: Terminal): void {
  const verb = addVerb(group, 'show', 'Show a port forwarding.', `203.0.113.9 ${ID}`).argument(
    '<port-forwarding>',
  );
  addItemFlags(verb);
  act(terminal, verb, async ({ client, lookup }, [floatingIp = '', id = '']) => {
    print(terminal, verb, await client.request('GET', await pathOf(lookup, floatingIp, id)));
  });
}

function addSet(group: Command, terminal: Terminal): void {
  const verb = addForwardingFlags(
    addVerb(
      group,
      'set',
      'Change a port forwarding.',
      `--external-protocol-port 8081 203.0.113.9 ${ID}`,
    ).argument('<port-forwarding>'),
  );
  act(terminal, verb, async ({ client, lookup }, [floatingIp = '', id = '']) => {
    const port_forwarding = await forwardingOf(verb.opts<ForwardingFlags>(), lookup);
    await client.request('PUT', await pathOf(lookup, floatingIp, id), { body: { port_forwarding } });
  });
}

function addDelete(group: Command, terminal: Terminal): void {
  const verb = addVerb(group, 'delete', 'Delete port forwardings.', `203.0.113.9 ${ID}`).argument(
    '<port-forwarding...>',
  );
  act(terminal, verb, async ({ client, lookup }, [floatingIp = '', ...ids]) => {
    for (const id of ids) await client.request('DELETE', await pathOf(lookup, floatingIp, id));
  });
}
