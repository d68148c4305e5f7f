/** Anycast: an address that two instances serve, and who serves it when one of them does not any more. */

import { Address } from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import {
  type InstanceInterface,
  type LabInstance,
  type TcpEcho,
  tcpProbe,
  waitUntil,
} from '../../../lab/index.ts';
import { frame, ipv6, tcpSyn } from '../../../packets/index.ts';
import {
  arrivals,
  configured,
  type Evidence,
  ipv6Of,
  type Tenant,
  type Trial,
  tcpPasses,
} from '../../kit/index.ts';

const ANYCAST = Address.parse('fd12:aa::1');
const PREFIXES = ['fd12:1::/64', 'fd12:2::/64'] as const;
const PORT = 7012;
const SOURCE_PORT = 50_012;
const CHECK = { type: 'tcp', port: PORT, interval: 1, timeout: 1, fall: 2, rise: 1 } as const;
/** Two intervals and an answer that does not come make three seconds; a busy machine may take much longer. */
const FAIL_OVER_MS = 30_000;
const CONNECTIONS = 24;
const PATIENCE_MS = 1_000;
/** Without a failure for so long, it is over: a connection in two would have failed. */
const QUIET_MS = 2_500;
const LONGEST_MS = 45_000;

interface Guest {
  readonly port: Answered<'port'>;
  readonly instance: LabInstance;
  readonly device: InstanceInterface;
  readonly address: Address;
}

interface ServingGuest extends Guest {
  readonly name: string;
  readonly echo: TcpEcho;
}

interface Setting {
  readonly tenant: Tenant;
  readonly anycast: Answered<'anycast_address'>;
  /** On the network of the first member. */
  readonly client: Guest;
  readonly members: readonly [ServingGuest, ServingGuest];
}

export async function tryAnycast(trial: Trial): Promise<void> {
  const setting = await start(trial);
  const { client, members } = setting;
  const [first, second] = members;
  trial.show(await comesToBe('anycast: two members that answer', setting, 'ACTIVE', 'ACTIVE'));
  trial.show(await share('anycast: connections while both serve it', setting, members));
  trial.show(await sourceOf(trial, setting));

  await hold(first, false);
  trial.show(await outage('anycast: the first member stops serving it', setting));
  trial.show(await comesToBe('anycast: then its members', setting, 'DOWN', 'ACTIVE'));
  trial.show(await share('anycast: connections while the first does not serve it', setting, [second]));

  await hold(first, true);
  await comesToBe('', setting, 'ACTIVE', 'ACTIVE');
  trial.show(await share('anycast: connections when it serves it again', setting, members));

  second.device.down();
  trial.show(await outage("anycast: the second member's instance is cut off", setting));
  trial.show(await comesToBe('anycast: then its members', setting, 'ACTIVE', 'DOWN'));
  trial.show(
    await tcpPasses(
      { what: 'anycast: the other still serves it', core: true },
      client.instance,
      ANYCAST,
      PORT,
    ),
  );
}

async function start(trial: Trial): Promise<Setting> {
  const tenant = trial.tenant('anycast');
  const networks = await Promise.all(PREFIXES.map((prefix) => tenant.network(prefix.replace(/\W/g, '-'))));
  const subnets: Answered<'subnet'>[] = [];
  for (const [index, prefix] of PREFIXES.entries())
    subnets.push(await tenant.subnet6(networks[index]!, prefix, 'slaac'));
  const router = await tenant.router('router', subnets);
  // The hosts' checks come in by the rule that lets clients in.
  const service = { protocol: 'tcp', port_range_min: PORT, port_range_max: PORT } as const;
  const group = await tenant.securityGroup('service', [service]);
  const boot = async (
    name: string,
    network: Answered<'network'>,
    wish: { security_groups?: string[] } = {},
  ): Promise<Guest> => {
    const port = await tenant.port(network, wish);
    const instance = await trial.instance(name, port);
    const device = instance.interface('eth0');
    const address = ipv6Of(port);
    await configured([device, address]);
    return { port, instance, device, address };
  };
  const serve = async (name: string, network: Answered<'network'>): Promise<ServingGuest> => {
    const host = await boot(name, network, { security_groups: [group.id] });
    const member = { ...host, name, echo: await trial.tcpEcho(host.instance, PORT) };
    await hold(member, true);
    return member;
  };
  const [client, first, second] = await Promise.all([
    boot('client', networks[0]!),
    serve('first', networks[0]!),
    serve('second', networks[1]!),
  ]);
  const anycast = await tenant.make('anycast_address', {
    router_id: router.id,
    address: ANYCAST.toString(),
    port_ids: [first.port.id, second.port.id],
    health_check: CHECK,
  });
  return { tenant, anycast, client, members: [first, second] };
}

/** Gives an instance the address on its loopback device, or takes it away. */
async function hold({ instance }: Guest, held: boolean): Promise<void> {
  const act = held ? 'add' : 'delete';
  await instance.run('ip', '-6', 'address', act, `${ANYCAST}/128`, 'dev', 'lo');
}

/** Waits for the members' states in the API. */
async function comesToBe(what: string, setting: Setting, ...wanted: [string, string]): Promise<Evidence> {
  const { tenant, anycast, members } = setting;
  const states = async (): Promise<string> => {
    const shown = await tenant.client.show('anycast_address', anycast.id);
    return members
      .map(({ port }) => shown.members.find(({ port_id }) => port_id === port.id)?.status)
      .join(', ');
  };
  const expected = wanted.join(', ');
  const ok = await waitUntil(async () => (await states()) === expected, FAIL_OVER_MS);
  return { what, expected, seen: await states(), ok: ok ?? false };
}

/**
 * Which members connections come to: all of `wanted`, and no other. It is tried again while it is not so: the switch
 * follows what the API says a moment later.
 */
async function share(what: string, setting: Setting, wanted: readonly ServingGuest[]): Promise<Evidence> {
  let evidence = await shareOnce(what, setting, wanted);
  await waitUntil(async () => {
    if (!evidence.ok) evidence = await shareOnce(what, setting, wanted);
    return evidence.ok;
  }, FAIL_OVER_MS);
  return evidence;
}

async function shareOnce(
  what: string,
  { client, members }: Setting,
  wanted: readonly ServingGuest[],
): Promise<Evidence> {
  const before = members.map(({ echo }) => echo.clients.length);
  let connected = 0;
  for (let attempt = 0; attempt < CONNECTIONS; attempt++) {
    const { outcome } = await tcpProbe(client.instance, ANYCAST, PORT, { patienceMs: PATIENCE_MS });
    if (outcome === 'connected') connected += 1;
  }
  const counts = members.map(({ echo }, index) => echo.clients.length - before[index]!);
  const ok =
    connected === CONNECTIONS &&
    members.every((member, index) => counts[index]! > 0 === wanted.includes(member));
  const seen = members.map(({ name }, index) => `${counts[index]} to ${name}`).join(', ');
  return {
    what,
    expected: `all of ${CONNECTIONS} connect, some to ${wanted.map(({ name }) => name).join(' and some to ')}`,
    seen: `${connected} connect: ${seen}`,
    ok,
    core: true,
  };
}

/** How long a client that tries over and over does without; all its later attempts go through. */
async function outage(what: string, { client }: Setting): Promise<Evidence> {
  const began = performance.now();
  let lastFailure = began;
  while (
    performance.now() - Math.max(lastFailure, began) < QUIET_MS &&
    performance.now() - began < LONGEST_MS
  ) {
    const { outcome } = await tcpProbe(client.instance, ANYCAST, PORT, { patienceMs: PATIENCE_MS });
    if (outcome !== 'connected') lastFailure = performance.now();
  }
  const milliseconds = Math.round(lastFailure - began);
  return {
    what,
    expected: `clients come through again within ${FAIL_OVER_MS / 1000} s`,
    seen: `the last attempt that failed was after ${milliseconds} ms`,
    ok: milliseconds <= FAIL_OVER_MS,
    core: true,
  };
}

/** The members alone may use the address as a source. */
async function sourceOf(trial: Trial, { client, members: [first] }: Setting): Promise<Evidence> {
  const shipment = (from: Guest, to: Guest) => {
    const packet = ipv6(ANYCAST, to.address, tcpSyn(SOURCE_PORT, PORT));
    const sent = frame(from.device.mac, to.device.mac, packet);
    return { from: from.device, to: trial.capture(to.device), frame: sent };
  };
  const [own, foreign] = [shipment(first, client), shipment(client, first)];
  const arrived = await arrivals([own], [foreign]);
  return {
    what: 'anycast: packets with the address as their source',
    expected: 'those of a member arrive, those of another instance do not',
    seen: `${arrived.has(own) ? 'a member’s arrive' : 'a member’s do not arrive'}, ${arrived.has(foreign) ? 'another’s do too' : 'another’s do not'}`,
    ok: arrived.has(own) && !arrived.has(foreign),
  };
}
