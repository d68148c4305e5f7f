/** Security groups: what each kind of rule matches, answers to what was let through, and changes under way. */

import type { Address } from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import {
  type Capture,
  type InstanceInterface,
  type LabInstance,
  ping,
  tcpProbe,
  waitUntil,
} from '../../../lab/index.ts';
import {
  encodeIpv6Packet,
  type Frame,
  frame,
  type Ipv6Packet,
  icmpv6,
  ipv6,
  udp,
} from '../../../packets/index.ts';
import {
  arrivals,
  type Carrier,
  configured,
  defineUseCase,
  type Evidence,
  fileOf,
  ipv6Of,
  LiveConnection,
  NO_COMMAND,
  pingFails,
  pingPasses,
  type Tenant,
  type Trial,
  tcpFails,
  tcpPasses,
} from '../../kit/index.ts';
import { tryAnswers } from './essential-traffic.ts';
import { tryOpenFlows } from './open-flows.ts';
import { tryLog } from './packet-log.ts';
import { tryRuleKinds } from './rule-kinds.ts';

/** Servers listen on all of these. */
const PORTS = { rest: 7014, command: 7015, group: 7016 } as const;
/** Nobody listens on these. */
const SILENT_PORTS = { asked: 7017, other: 7018 } as const;
const SOURCE_PORT = 50_014;
/** A change takes milliseconds; a busy machine may be late with it. */
const CHANGE_MS = 5_000;
const PROMPT_MS = 200;
const SILENCE_MS = 400;
/** After a silence TCP repeats what was lost at growing intervals. */
const REPETITION_MS = 8_000;

export const securityGroupsUseCase = defineUseCase({
  id: 'security-groups',
  title:
    'Security groups: full IPv6 matching by ICMPv6 type and code, TCP, UDP, remote prefix, group and address group; REST, CLI, console',
  claim: 'partial',
  missing: ['There is no console yet.'],
  async gather(trial) {
    // What a rule matches is the same on every network; what becomes of a flow need not be.
    await trial.each(
      [tryRuleKinds, tryAnswers, tryOpenFlows, tryLog, flowsOn('tenant'), flowsOn('vlan')],
      (part, act) => act(part),
    );
  },
});

const flowsOn =
  (carrier: Carrier) =>
  async (trial: Trial): Promise<void> => {
    const setting = await start(trial, carrier);
    await tryChanges(trial, setting);
    await tryState(trial, setting);
    await tryStateless(trial, setting);
    await tryEgress(trial, setting);
    await tryDefault(trial, setting);
  };

interface Guest {
  readonly instance: LabInstance;
  readonly device: InstanceInterface;
  readonly port: Answered<'port'>;
  readonly address: Address;
  readonly capture: Capture;
}

interface Setting {
  readonly where: string;
  readonly tenant: Tenant;
  /** The server's group, without rules for what comes in. */
  readonly servers: Answered<'security_group'>;
  readonly server: Guest;
  /** The client's group, without rules for what comes in. */
  readonly clients: Answered<'security_group'>;
  readonly client: Guest;
  /** Nobody's groups yet, without rules for what comes in. */
  readonly friends: Answered<'security_group'>;
  readonly stateless: Answered<'security_group'>;
}

async function start(trial: Trial, carrier: Carrier): Promise<Setting> {
  const tenant = trial.tenant(`flows-${carrier}`);
  const network = await tenant.network('flows', carrier);
  await tenant.router('router', [await tenant.subnet6(network, 'fd14:1::/64', 'slaac')]);
  const boot = async (name: string, group: Answered<'security_group'>): Promise<Guest> => {
    const port = await tenant.port(network, { security_groups: [group.id] });
    const instance = await trial.instance(name, port);
    const device = instance.interface('eth0');
    await configured([device, ipv6Of(port)]);
    for (const number of Object.values(PORTS)) await trial.tcpEcho(instance, number);
    return { instance, device, port, address: ipv6Of(port), capture: trial.capture(device) };
  };
  const servers = await tenant.securityGroup('servers', []);
  const clients = await tenant.securityGroup('clients', []);
  const friends = await tenant.securityGroup('friends', []);
  const stateless = await tenant.make('security_group', { name: 'stateless', stateful: false });
  const [server, client] = await Promise.all([boot('server', servers), boot('client', clients)]);
  const where = carrier === 'vlan' ? 'VLAN' : 'tenant network';
  return { where, tenant, servers, server, clients, client, friends, stateless };
}

/** Puts down whether a connection of the client to a port comes about, or does not. */
type Attempt = (what: string, port: number, core?: boolean) => Promise<void>;

const isTcpOf = ({ network }: Frame, port: number): boolean =>
  network.kind === 'ipv6' &&
  network.upper.kind === 'tcp' &&
  [network.upper.segment.sourcePort, network.upper.segment.destinationPort].includes(port);

const tcpRule = (port: number) => ({ protocol: 'tcp', port_range_min: port, port_range_max: port });

/** Rules and members that come and go, for new connections and for an open one. */
async function tryChanges(trial: Trial, setting: Setting): Promise<void> {
  const { where, tenant, servers, friends, server, client } = setting;
  const note = async (evidence: Evidence, port: number): Promise<void> =>
    trial.show(
      await trial.proven(evidence, server.capture, fileOf(evidence), ({ frame }) => isTcpOf(frame, port)),
    );
  const open: Attempt = async (what, port, core = true) =>
    note({ ...(await opens(`${where}: ${what}`, client, server, port)), core }, port);
  const close: Attempt = async (what, port, core = true) =>
    note({ ...(await closes(`${where}: ${what}`, client, server, port)), core }, port);

  await close('TCP, before there is a rule', PORTS.rest);
  const rule = await tenant.allow(servers, tcpRule(PORTS.rest));
  await open('TCP, after a rule was added by REST', PORTS.rest);
  await close('TCP to the port beside it', PORTS.command);

  await tryCommand(trial, setting, open, close);

  await tenant.allow(servers, { ...tcpRule(PORTS.group), remote_group_id: friends.id });
  const { id, security_groups } = client.port;
  await tenant.client.update('port', id, { security_groups: [...security_groups, friends.id] });
  await open("TCP, after the client joined the rule's remote group", PORTS.group);
  await tenant.client.update('port', id, { security_groups });
  await close('TCP, after it left the group', PORTS.group);

  const live = await LiveConnection.open(client.instance, server.address, PORTS.rest);
  try {
    const before = await live.echoes(CHANGE_MS);
    await tenant.client.delete('security_group_rule', rule.id);
    await close('TCP, after the rule was deleted by REST', PORTS.rest);
    const meanwhile = await live.echoes(SILENCE_MS);
    await tenant.allow(servers, tcpRule(PORTS.rest));
    const after = await live.echoes(REPETITION_MS);
    const say = (echoes: boolean) => (echoes ? 'goes on' : 'is silent');
    trial.show({
      what: `${where}: an open TCP connection before its rule is deleted, and after that`,
      expected: 'goes on, is silent',
      seen: [before, meanwhile].map(say).join(', '),
      ok: before && !meanwhile,
      core: true,
    });
    trial.show({
      what: `${where}: the same connection, with the rule again`,
      expected: say(true),
      seen: say(after),
      ok: after,
    });
  } finally {
    live.close();
  }
}

/** Rules and address groups by the cloud's command line. */
async function tryCommand(
  trial: Trial,
  { tenant, servers, client }: Setting,
  open: Attempt,
  close: Attempt,
): Promise<void> {
  if (!trial.hasCommand) {
    trial.couldNotTry(NO_COMMAND);
    return;
  }
  const words = `security group rule create --ethertype IPv6 --protocol tcp --dst-port ${PORTS.command}`;
  const made = await trial.command(tenant, ...words.split(' '), '--format', 'json', servers.id);
  await open('TCP, after a rule was added by the command', PORTS.command);
  await trial.command(tenant, 'security', 'group', 'rule', 'delete', idOf(made));
  await close('TCP, after the command deleted it', PORTS.command);

  if (!trial.can('address_group')) return;
  // Without address groups the others are groups still.
  const listed = `address group create --address ${client.address} ${tenant.nameOf('listed')}`;
  const addresses = await trial.command(tenant, ...listed.split(' '), '--format', 'json');
  tenant.removeLater('address_group', idOf(addresses));
  const named = await tenant.allow(servers, {
    ...tcpRule(PORTS.group),
    remote_address_group_id: idOf(addresses),
  });
  tenant.removeLater('security_group_rule', named.id);
  const change = (verb: 'set' | 'unset'): Promise<unknown> =>
    trial.command(tenant, 'address', 'group', verb, '--address', `${client.address}`, idOf(addresses));
  await open("TCP, by a client in the rule's address group", PORTS.group, false);
  await change('unset');
  await close('TCP, after the command took it out of the address group', PORTS.group, false);
  await change('set');
  await open('TCP, after the command put it in again', PORTS.group, false);
  await tenant.client.delete('security_group_rule', named.id);
}

/** Answers to what a group let out pass, and what only looks like one does not. */
async function tryState(trial: Trial, setting: Setting): Promise<void> {
  const { where, tenant, servers, server, clients, client } = setting;
  const purpose = (what: string) => ({ what: `${where}: ${what}`, core: true });
  const [forth, back] = [
    [client.instance, server.address] as const,
    [server.instance, client.address] as const,
  ];
  await tenant.allow(servers, { protocol: 'ipv6-icmp', port_range_min: 128 });
  await waitUntil(async () => (await ping(...forth, { patienceMs: PROMPT_MS })).received > 0, CHANGE_MS);
  trial.show(await pingPasses(purpose('ping by a client whose group lets nothing in'), ...forth));
  trial.show(await pingFails(purpose('ping the other way'), ...back));
  trial.show(await closes(`${where}: TCP the other way`, server, client, PORTS.rest));
  await tenant.allow(clients, tcpRule(PORTS.rest));
  trial.show(await opens(`${where}: TCP the other way, with a rule`, server, client, PORTS.rest));
  trial.show(await errors(setting));
}

/** An ICMPv6 error passes when it is about a flow that was let through, else it does not (RFC 4890 section 4.3.1). */
async function errors({ where, tenant, servers, server, client }: Setting): Promise<Evidence> {
  await tenant.allow(servers, { protocol: 'udp' });
  const datagram = (port: number) =>
    ipv6(client.address, server.address, udp(SOURCE_PORT, port, new Uint8Array(8)));
  const unreachable = (port: number) =>
    ipv6(
      server.address,
      client.address,
      icmpv6({
        kind: 'destination-unreachable',
        code: 4,
        parameter: 0,
        invoking: encodeIpv6Packet(datagram(port)),
      }),
    );
  const ship = (from: Guest, to: Guest, packet: Ipv6Packet) => ({
    from: from.device,
    frame: frame(from.device.mac, to.device.mac, packet),
    to: to.capture,
  });
  const cause = ship(client, server, datagram(SILENT_PORTS.asked));
  const asked = (await arrivals([cause], [])).has(cause);
  const related = ship(server, client, unreachable(SILENT_PORTS.asked));
  const unrelated = ship(server, client, unreachable(SILENT_PORTS.other));
  const arrived = await arrivals([related], [unrelated]);
  const say = (shipment: typeof related) => (arrived.has(shipment) ? 'arrives' : 'does not');
  return {
    what: `${where}: an ICMPv6 error about a datagram of the client, and one about none, without a rule for either`,
    expected: 'the first arrives, the second does not',
    seen: `the first ${say(related)}, the second ${say(unrelated)}`,
    ok: asked && arrived.has(related) && !arrived.has(unrelated),
  };
}

/** Without state answers need a rule of their own. Where all groups have state, they are groups still. */
async function tryStateless(trial: Trial, setting: Setting): Promise<void> {
  const { where, tenant, client, server, stateless } = setting;
  await tenant.client.update('port', client.port.id, { security_groups: [stateless.id] });
  const what = `${where}: TCP by a client in a stateless group,`;
  const shut = await closes(`${what} without a rule for the answers`, client, server, PORTS.rest);
  trial.show({ ...shut, core: false });
  await tenant.allow(stateless, { protocol: 'tcp', remote_ip_prefix: `${server.address}/128` });
  trial.show({ ...(await opens(`${what} with one`, client, server, PORTS.rest)), core: false });
}

/** A group lets out what its rules say. */
async function tryEgress(trial: Trial, setting: Setting): Promise<void> {
  const { where, tenant, clients, client, servers, server } = setting;
  await tenant.client.update('port', client.port.id, { security_groups: [clients.id] });
  await tenant.allow(servers, tcpRule(PORTS.command));
  trial.show(
    await opens(`${where}: TCP by a client whose group lets everything out`, client, server, PORTS.command),
  );
  const rules = await tenant.client.list('security_group_rule', {
    security_group_id: clients.id,
    direction: 'egress',
  });
  for (const { id } of rules) await tenant.client.delete('security_group_rule', id);
  await tenant.allow(clients, { ...tcpRule(PORTS.rest), direction: 'egress' });
  const what = `${where}: TCP by a client whose group lets out port ${PORTS.rest} alone:`;
  trial.show(await closes(`${what} another`, client, server, PORTS.command));
  trial.show(await opens(`${what} that one`, client, server, PORTS.rest));
}

/** In the group that every project has, members are reached by members. */
async function tryDefault(trial: Trial, { where, tenant, clients, client, server }: Setting): Promise<void> {
  const [group] = await tenant.client.list('security_group', {
    name: 'default',
    project_id: tenant.projectId,
  });
  const moveTo = (guest: Guest, { id }: { id: string }) =>
    tenant.client.update('port', guest.port.id, { security_groups: [id] });
  await Promise.all([moveTo(server, group!), moveTo(client, group!)]);
  trial.show(await opens(`${where}: TCP between members of the default group`, client, server, PORTS.rest));
  await moveTo(client, clients);
  trial.show(await closes(`${where}: TCP to a member from elsewhere`, client, server, PORTS.rest));
}

/** New connections come about, if not at once then soon after a change. */
async function opens(what: string, from: Guest, to: Guest, port: number): Promise<Evidence> {
  // TCP would repeat a packet that came too early only after a second.
  const connects = () => tcpProbe(from.instance, to.address, port, { patienceMs: PROMPT_MS });
  await waitUntil(async () => (await connects()).outcome === 'connected', CHANGE_MS);
  return tcpPasses({ what, core: true }, from.instance, to.address, port);
}

/** No new connection comes about, if not at once then soon after a change. */
async function closes(what: string, from: Guest, to: Guest, port: number): Promise<Evidence> {
  const attempt = () => tcpFails({ what, core: true }, from.instance, to.address, port);
  return (
    (await waitUntil(async () => {
      const evidence = await attempt();
      return evidence.ok && evidence;
    }, CHANGE_MS)) ?? attempt()
  );
}

/** The id in what the command printed. */
const idOf = (printed: unknown): string => (printed as { id: string }).id;
