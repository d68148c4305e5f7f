/** Security groups: for each kind of rule a packet that passes and its neighbour that does not. */
import type { Address } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import type { Capture } from '../../lab/capture.ts';
import type { Instance } from '../../lab/instance/instance.ts';
import { type Frame, frame, icmpv6, ipv6 } from '../../lab/packets/frame.ts';
import { tcpProbe } from '../../lab/probes/tcp.ts';
import { waitUntil } from '../../lab/wait.ts';
import { ipv6Of } from '../addresses.ts';
import type { Evidence } from '../evidence.ts';
import { LiveConnection } from '../live-connection.ts';
import { configured, pingFails, pingPasses, tcpFails, tcpPasses, udpFails, udpPasses } from '../probes.ts';
import type { Segment, Tenant } from '../tenant.ts';
import type { Trial } from '../trial.ts';
import type { UseCase } from '../use-case.ts';

const TCP = { first: 8000, last: 8005, remotePrefix: 9000, remoteGroup: 9100, back: 7000 } as const;
const UDP = 5353;
/** An ICMPv6 message by type and code. */
interface Icmpv6Kind {
  readonly type: number;
  readonly code: number;
}

const ECHO: Icmpv6Kind = { type: 128, code: 0 };
const ODD_ECHO: Icmpv6Kind = { type: 128, code: 1 };
/** Node information query (RFC 4620). */
const QUERY: Icmpv6Kind = { type: 139, code: 0 };
/** A change takes milliseconds; a loaded machine may need longer. */
const CHANGE_MS = 5_000;

export const securityGroups: UseCase = {
  id: 'security-groups',
  title:
    'IPv6 matching in security groups: ICMPv6, TCP, UDP, remote prefix and group; by REST, CLI and console',
  claim: 'partial',
  missing: [
    'Address groups are not built, and stateless groups have not been tried.',
    'The console is not built.',
  ],
  async gather(trial) {
    await trial.each(['tenant', 'vlan'] as const, async (part, segment) => {
      const setting = await start(part, segment);
      await tryRules(part, setting);
      await tryDirections(part, setting);
      await tryChanges(part, setting);
    });
  },
};

interface Host {
  readonly port: Answered<'port'>;
  readonly instance: Instance;
  readonly address: Address;
}

interface Setting {
  readonly where: string;
  readonly tenant: Tenant;
  readonly web: Answered<'security_group'>;
  readonly friends: Answered<'security_group'>;
  /** Behind `web`, with servers on all ports that are tried. */
  readonly server: Host;
  /** In the group, and with the address, that the server's rules name. */
  readonly friend: Host;
  readonly stranger: Host;
  /** Two in the project's default group. */
  readonly members: readonly [Host, Host];
  /** What reaches the server. */
  readonly capture: Capture;
}

async function start(trial: Trial, segment: Segment): Promise<Setting> {
  const tenant = trial.tenant(segment);
  const network = await tenant.network('network', segment);
  const subnet = await tenant.subnet6(network, 'fd13::/64', 'slaac');
  await tenant.router('router', [subnet]);
  const web = await tenant.securityGroup('web', []);
  const friends = await tenant.securityGroup('friends', []);
  const strangers = await tenant.securityGroup('strangers', [
    { protocol: 'tcp', port_range_min: TCP.back, port_range_max: TCP.back },
  ]);
  const boot = async (name: string, port: Answered<'port'>): Promise<Host> => {
    const instance = await trial.instance(name, port);
    await configured([instance.interface('eth0'), ipv6Of(port)]);
    return { port, instance, address: ipv6Of(port) };
  };
  const inGroup = (group: Answered<'security_group'>) =>
    tenant.port(network, { security_groups: [group.id] });
  const inDefault = () => tenant.make('port', { network_id: network.id });
  const [server, friend, stranger, ...members] = await Promise.all([
    boot('server', await inGroup(web)),
    boot('friend', await inGroup(friends)),
    boot('stranger', await inGroup(strangers)),
    boot('member', await inDefault()),
    boot('member', await inDefault()),
  ]);
  await tenant.allow(web, { protocol: 'ipv6-icmp', port_range_min: ECHO.type, port_range_max: ECHO.code });
  await tenant.allow(web, { protocol: 'tcp', port_range_min: TCP.first, port_range_max: TCP.last });
  await tenant.allow(web, {
    protocol: 'tcp',
    port_range_min: TCP.remotePrefix,
    port_range_max: TCP.remotePrefix,
    remote_ip_prefix: `${friend.address}/128`,
  });
  await tenant.allow(web, {
    protocol: 'tcp',
    port_range_min: TCP.remoteGroup,
    port_range_max: TCP.remoteGroup,
    remote_group_id: friends.id,
  });
  const create = 'security group rule create --ingress --ethertype IPv6 --protocol udp --format json';
  await trial.sextant(tenant, ...create.split(' '), '--dst-port', String(UDP), web.id);

  const open = [TCP.first - 1, TCP.first, TCP.last, TCP.last + 1, TCP.remotePrefix, TCP.remoteGroup];
  for (const port of open) await trial.tcpEcho(server.instance, port);
  for (const port of [UDP, UDP + 1]) trial.udpEcho(server.instance, port);
  await trial.tcpEcho(stranger.instance, TCP.back);
  await trial.tcpEcho(server.instance, TCP.back);
  const capture = trial.capture(server.instance.interface('eth0'));
  const where = segment === 'vlan' ? 'VLAN' : 'tenant network';
  return {
    where,
    tenant,
    web,
    friends,
    server,
    friend,
    stranger,
    members: [members[0]!, members[1]!],
    capture,
  };
}

/** What each rule lets in, and what is next to it. */
async function tryRules(trial: Trial, { where, server, friend, stranger, capture }: Setting): Promise<void> {
  const { address } = server;
  const [near, far] = [friend.instance, stranger.instance];
  const passes = async (what: string, from: Instance, port: number): Promise<void> =>
    trial.show(await tcpPasses({ what: `${where}: ${what}`, core: true }, from, address, port));
  const fails = async (what: string, from: Instance, port: number): Promise<void> =>
    trial.show(await tcpFails({ what: `${where}: ${what}`, core: true }, from, address, port));

  trial.show(
    await pingPasses({ what: `${where}: ICMPv6 type 128 code 0, an echo request`, core: true }, far, address),
  );
  for (const neighbour of [ODD_ECHO, QUERY]) {
    sendIcmpv6(neighbour, stranger, server);
    const arrived = await capture.waitFor(isIcmpv6(neighbour), 600);
    trial.show({
      what: `${where}: ICMPv6 type ${neighbour.type} code ${neighbour.code}`,
      expected: 'it does not arrive',
      seen: arrived ? 'it arrived' : 'it did not',
      ok: arrived === undefined,
      core: true,
    });
  }
  await passes(`TCP port ${TCP.first}, the first of the range`, far, TCP.first);
  await passes(`TCP port ${TCP.last}, the last`, far, TCP.last);
  await fails(`TCP port ${TCP.first - 1}, just below`, far, TCP.first - 1);
  await fails(`TCP port ${TCP.last + 1}, just above`, far, TCP.last + 1);
  trial.show(
    await udpPasses(
      { what: `${where}: UDP port ${UDP}, allowed by the command`, core: true },
      far,
      address,
      UDP,
    ),
  );
  trial.show(await udpFails({ what: `${where}: UDP port ${UDP + 1}`, core: true }, far, address, UDP + 1));
  await fails(`TCP port ${UDP}, of the other protocol`, far, UDP);
  await passes('remote prefix: from the address in it', near, TCP.remotePrefix);
  await fails('remote prefix: from another', far, TCP.remotePrefix);
  await passes('remote group: from a member', near, TCP.remoteGroup);
  await fails('remote group: from another', far, TCP.remoteGroup);
}

/** Connections from the inside, and groups that let nothing out. */
async function tryDirections(trial: Trial, setting: Setting): Promise<void> {
  const { where, server, stranger, members, tenant } = setting;
  trial.show(
    await tcpPasses(
      { what: `${where}: from the server to the stranger: answers come back in`, core: true },
      server.instance,
      stranger.address,
      TCP.back,
    ),
  );
  trial.show(
    await tcpFails(
      { what: `${where}: from the stranger to that port of the server`, core: true },
      stranger.instance,
      server.address,
      TCP.back,
    ),
  );
  const [one, two] = members;
  trial.show(
    await pingPasses({ what: `${where}: default group: between members` }, one.instance, two.address),
  );
  trial.show(
    await pingFails({ what: `${where}: default group: from another` }, stranger.instance, two.address),
  );
  const groups = await tenant.client.list('security_group_rule', { direction: 'egress', ethertype: 'IPv6' });
  const rule = groups.find(({ security_group_id }) => security_group_id === one.port.security_groups[0])!;
  await tenant.client.delete('security_group_rule', rule.id);
  trial.show(await stops(`${where}: default group without its egress rule`, one.instance, server, TCP.first));
}

/** Rules and memberships that come and go, with connections open. */
async function tryChanges(trial: Trial, setting: Setting): Promise<void> {
  const { where, tenant, web, friends, server, stranger, capture } = setting;
  await tenant.allow(web, { protocol: 'ipv6-icmp', port_range_min: QUERY.type });
  const arrived = await waitUntil(() => {
    sendIcmpv6(QUERY, stranger, server);
    return capture.waitFor(isIcmpv6(QUERY), 200);
  }, CHANGE_MS);
  trial.show({
    what: `${where}: ICMPv6 type ${QUERY.type}, once a rule allows it`,
    expected: 'it arrives',
    seen: arrived ? 'it arrived' : 'it did not',
    ok: arrived !== undefined,
  });

  const before = stranger.port.security_groups;
  await tenant.client.update('port', stranger.port.id, { security_groups: [...before, friends.id] });
  trial.show(
    await begins(`${where}: the stranger joins the remote group`, stranger.instance, server, TCP.remoteGroup),
  );
  await tenant.client.update('port', stranger.port.id, { security_groups: before });
  trial.show(await stops(`${where}: the stranger leaves it`, stranger.instance, server, TCP.remoteGroup));

  const live = await LiveConnection.open(stranger.instance, server.address, TCP.first);
  try {
    const rules = await tenant.client.list('security_group_rule', { security_group_id: web.id });
    const rule = rules.find(({ port_range_max }) => port_range_max === TCP.last)!;
    await tenant.client.delete('security_group_rule', rule.id);
    const stopped = await waitUntil(async () => !(await live.echoes(400)), CHANGE_MS);
    trial.show({
      what: `${where}: an open TCP connection, once its rule is deleted`,
      expected: 'it stops',
      seen: stopped ? 'it stopped' : 'it went on',
      ok: stopped === true,
      core: true,
    });
  } finally {
    live.close();
  }
  trial.show(await stops(`${where}: new connections to that port`, stranger.instance, server, TCP.first));
}

function sendIcmpv6({ type, code }: Icmpv6Kind, from: Host, to: Host): void {
  const [device, target] = [from.instance.interface('eth0'), to.instance.interface('eth0')];
  const message = icmpv6({ kind: 'other', type, code, body: new Uint8Array(12) });
  device.send(frame(device.mac, target.mac, ipv6(from.address, to.address, message)));
}

const isIcmpv6 =
  ({ type, code }: Icmpv6Kind) =>
  ({ network }: Frame): boolean =>
    network.kind === 'ipv6' &&
    network.upper.kind === 'icmpv6' &&
    network.upper.message.kind === 'other' &&
    network.upper.message.type === type &&
    network.upper.message.code === code;

/** New connections come about after a change. */
async function begins(what: string, from: Instance, to: Host, port: number): Promise<Evidence> {
  const ok = await waitUntil(() => connects(from, to.address, port), CHANGE_MS);
  return {
    what,
    expected: 'connections pass',
    seen: ok ? 'they do' : 'they do not',
    ok: ok === true,
    core: true,
  };
}

/** No new connection comes about after a change. */
async function stops(what: string, from: Instance, to: Host, port: number): Promise<Evidence> {
  const ok = await waitUntil(async () => !(await connects(from, to.address, port)), CHANGE_MS);
  return {
    what,
    expected: 'connections fail',
    seen: ok ? 'they do' : 'they pass',
    ok: ok === true,
    core: true,
  };
}

const connects = async (from: Instance, target: Address, port: number): Promise<boolean> =>
  (await tcpProbe(from, target, port, { patience: 400 })).outcome === 'connected';
