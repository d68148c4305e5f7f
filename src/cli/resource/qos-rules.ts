/** `network qos rule create` and so on, with the `openstack` command's flags. */
import type { Command } from 'commander';
import { CommandFailure, UsageError } from '../errors.ts';
import { shownFields, titledColumns } from '../output/columns.ts';
import { renderItem, renderList } from '../output/render.ts';
import type { Terminal } from '../terminal.ts';
import { commandAt } from './command-at.ts';
import { type Body, isObject } from './flag.ts';
import type { ClientLookup } from './lookup.ts';
import { addItemFlags, addListFlags, type ItemFlags, type ListFlags } from './output-flags.ts';
import { act, type CommandSession } from './session.ts';
import { readInteger } from './values.ts';

const TITLES = {
  id: 'ID',
  qos_policy_id: 'QoS Policy ID',
  type: 'Type',
  max_kbps: 'Max Kbps',
  max_burst_kbps: 'Max Burst Kbits',
  dscp_mark: 'DSCP mark',
  max_kpps: 'Max Kpps',
  max_burst_kpps: 'Max Burst Kpps',
  direction: 'Direction',
};

interface RuleFlags {
  readonly type?: string;
  readonly maxKbps?: string;
  readonly maxBurstKbits?: string;
  readonly dscpMark?: string;
  readonly maxKpps?: string;
  readonly maxBurstKpps?: string;
  readonly ingress?: true;
  readonly egress?: true;
}

/** An id, for examples. */
const ID = '9c3f2f5e-7f7c-4b62-8a2e-0d1f6f0a7c11';

/** Hangs the commands on `network qos`. */
export function addQosRuleCommands(program: Command, terminal: Terminal): void {
  const group = commandAt(program, ['network', 'qos', 'rule']);
  group.description('Rules of QoS policies.');
  addCreate(group, terminal);
  addList(group, terminal);
  addShow(group, terminal);
  addSet(group, terminal);
  addDelete(group, terminal);
  addTypes(group, terminal);
}

function addVerb(group: Command, verb: string, description: string, example: string): Command {
  return group
    .command(verb)
    .description(description)
    .argument('<qos-policy>')
    .addHelpText('after', `\nExample:\n  sextant network qos rule ${verb} ${example}`);
}

const addRuleFlags = (verb: Command): Command =>
  verb
    .option('--max-kbps <kbps>', 'of bandwidth-limit: kbit a second')
    .option('--max-burst-kbits <kbits>', 'of bandwidth-limit: kbit that may come at once')
    .option('--dscp-mark <mark>', 'of dscp-marking: the DSCP')
    .option('--max-kpps <kpps>', 'of packet-rate-limit: thousands of packets a second')
    .option('--max-burst-kpps <kpackets>', 'of packet-rate-limit: thousands of packets that may come at once')
    .option('--ingress', 'what instances get')
    .option('--egress', 'what instances send, the default');

/**
 * What flags say, in the API's words.
 * @throws UsageError
 */
function ruleOf(flags: RuleFlags, lookup: ClientLookup): Body {
  if (flags.ingress && flags.egress) throw new UsageError('give --ingress or --egress, not both');
  const number = (flag: string, text: string | undefined) =>
    text === undefined ? undefined : readInteger(flag, text, lookup);
  const given = {
    max_kbps: number('max-kbps', flags.maxKbps),
    max_burst_kbps: number('max-burst-kbits', flags.maxBurstKbits),
    dscp_mark: number('dscp-mark', flags.dscpMark),
    max_kpps: number('max-kpps', flags.maxKpps),
    max_burst_kpps: number('max-burst-kpps', flags.maxBurstKpps),
    direction: flags.ingress ? 'ingress' : flags.egress && 'egress',
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Where rules of a kind stand; with hyphens or without. */
const kindOf = (text: string): string => text.replaceAll('-', '_');

const pathOf = (policy: string, kind: string, ...rest: readonly string[]): string =>
  ['/v2.0/qos/policies', policy, `${kind}_rules`, ...rest.map(encodeURIComponent)].join('/');

/** The rules of a policy. */
async function rulesOf({ client }: CommandSession, policyId: string): Promise<Body[]> {
  const answer = await client.request('GET', `/v2.0/qos/policies/${policyId}`);
  const policy = isObject(answer) ? answer.policy : undefined;
  const rules = isObject(policy) ? policy.rules : undefined;
  if (!Array.isArray(rules)) throw new CommandFailure('the API has no QoS policies');
  return rules.filter(isObject);
}

/**
 * The policy's id, and the rule that is meant.
 * @throws CommandFailure when the policy has none with this id
 */
async function find(
  session: CommandSession,
  policy: string,
  id: string,
): Promise<{ path: string; kind: string; rule: Body }> {
  const policyId = await session.lookup.idOf('policy', policy);
  const rule = (await rulesOf(session, policyId)).find((one) => one.id === id);
  if (rule === undefined) throw new CommandFailure(`QoS policy ${policy} has no rule ${id}`);
  const kind = String(rule.type);
  return { path: pathOf(policyId, kind, id), kind, rule };
}

function addCreate(group: Command, terminal: Terminal): void {
  const verb = addRuleFlags(
    addVerb(group, 'create', 'Add a rule to a QoS policy.', '--type bandwidth-limit --max-kbps 10000 gentle'),
  ).requiredOption('--type <type>', 'bandwidth-limit, dscp-marking or packet-rate-limit');
  addItemFlags(verb);
  act(terminal, verb, async ({ client, lookup }, [policy = '']) => {
    const flags = verb.opts<RuleFlags & ItemFlags>();
    const kind = kindOf(flags.type ?? '');
    const body = { [`${kind}_rule`]: ruleOf(flags, lookup) };
    const answer = await client.request('POST', pathOf(await lookup.idOf('policy', policy), kind), { body });
    const rule = isObject(answer) ? answer[`${kind}_rule`] : undefined;
    if (!isObject(rule)) throw new CommandFailure('the API has no QoS policies');
    terminal.out(renderItem(flags.format, shownFields(rule, flags.column), rule));
  });
}

function addList(group: Command, terminal: Terminal): void {
  const verb = addVerb(group, 'list', 'List the rules of a QoS policy.', 'gentle');
  addListFlags(verb);
  act(terminal, verb, async (session, [policy = '']) => {
    const { format, column } = verb.opts<ListFlags>();
    const rules = await rulesOf(session, await session.lookup.idOf('policy', policy));
    terminal.out(renderList(format, titledColumns(TITLES, column), rules));
  });
}

function addShow(group: Command, terminal: Terminal): void {
  const verb = addVerb(group, 'show', 'Show a rule.', `gentle ${ID}`).argument('<rule>');
  addItemFlags(verb);
  act(terminal, verb, async (session, [policy = '', id = '']) => {
    const { format, column } = verb.opts<ItemFlags>();
    const { rule } = await find(session, policy, id);
    terminal.out(renderItem(format, shownFields(rule, column), rule));
  });
}

function addSet(group: Command, terminal: Terminal): void {
  const verb = addRuleFlags(
    addVerb(group, 'set', 'Change a rule.', `--max-kbps 20000 gentle ${ID}`).argument('<rule>'),
  );
  act(terminal, verb, async (session, [policy = '', id = '']) => {
    const { path, kind } = await find(session, policy, id);
    const body = { [`${kind}_rule`]: ruleOf(verb.opts<RuleFlags>(), session.lookup) };
    await session.client.request('PUT', path, { body });
  });
}

function addDelete(group: Command, terminal: Terminal): void {
  const verb = addVerb(group, 'delete', 'Delete rules.', `gentle ${ID}`).argument('<rule...>');
  act(terminal, verb, async (session, [policy = '', ...ids]) => {
    for (const id of ids) await session.client.request('DELETE', (await find(session, policy, id)).path);
  });
}

function addTypes(group: Command, terminal: Terminal): void {
  const verb = commandAt(group, ['type'])
    .description('The types of rules that there are.')
    .command('list')
    .description('List the types of rules that there are.')
    .addHelpText('after', '\nExample:\n  sextant network qos rule type list');
  addListFlags(verb);
  act(terminal, verb, async ({ client }) => {
    const { format, column } = verb.opts<ListFlags>();
    const answer = await client.request('GET', '/v2.0/qos/rule-types');
    const types = isObject(answer) && Array.isArray(answer.rule_types) ? answer.rule_types : [];
    terminal.out(renderList(format, titledColumns({ type: 'Type' }, column), types.filter(isObject)));
  });
}
