/** What groups drop and let through can be read by whoever runs the network, and nothing else is logged. */

import { readFile } from 'node:fs/promises';
import type { Answered, Create } from '../../../client/index.ts';
import { type LabInstance, tcpProbe, waitUntil } from '../../../lab/index.ts';
import { frame, ipv6, udp } from '../../../packets/index.ts';
import { configured, type Evidence, ipv6Of, type Trial, UntriableError } from '../../kit/index.ts';

/** A rule lets this one in. */
const OPEN_PORT = 7014;
/** None lets in these. */
const CLOSED_PORT = 7015;
const FLOOD_PORT = 7016;
const SOURCE_PORT = 50_014;
const FLOOD = 1_000;
const LOGGED_MS = 10_000;
const PROMPT_MS = 300;

interface Guest {
  readonly instance: LabInstance;
  readonly port: Answered<'port'>;
}

interface Setting {
  readonly trial: Trial;
  readonly file: string;
  readonly server: Guest;
  readonly client: Guest;
  readonly group: Answered<'security_group'>;
}

/** A line of the log, as far as it is looked at. */
interface Line {
  readonly log_id: string;
  readonly port_id: string | null;
  readonly verdict: string;
  readonly direction: string;
  readonly protocol: string;
  readonly source: string;
  readonly destination_port?: number;
}

export async function tryLog(trial: Trial): Promise<void> {
  const file = trial.securityGroupLog;
  if (file === undefined && !trial.isSextant) {
    trial.leaveOut('a log of what groups drop and let through.');
    return;
  }
  if (file === undefined) throw new UntriableError('There is no log of security groups on this machine.');
  const tenant = trial.tenant('log');
  const network = await tenant.network('log');
  await tenant.router('router', [await tenant.subnet6(network, 'fd14:5::/64', 'slaac')]);
  const rule = { protocol: 'tcp', port_range_min: OPEN_PORT, port_range_max: OPEN_PORT };
  const group = await tenant.securityGroup('logged', [rule]);
  const boot = async (name: string): Promise<Guest> => {
    const port = await tenant.port(network, { security_groups: [group.id] });
    const instance = await trial.instance(name, port);
    await configured([instance.interface('eth0'), ipv6Of(port)]);
    return { instance, port };
  };
  const [server, client] = await Promise.all([boot('server'), boot('client')]);
  await trial.tcpEcho(server.instance, OPEN_PORT);
  await trial.tcpEcho(client.instance, OPEN_PORT);
  const setting = { trial, file, server, client, group };
  trial.show(await tryDrops(setting));
  trial.show(await tryAccepts(setting));
  trial.show(await tryFlood(setting));
}

/** The drops of one port: not those of another in the group, and not what passes. */
async function tryDrops(setting: Setting): Promise<Evidence> {
  const { server, client } = setting;
  const log = await makeLog(setting, { target_id: server.port.id, event: 'DROP' });
  const isWanted = (line: Line): boolean =>
    line.port_id === server.port.id &&
    line.verdict === 'DROP' &&
    line.direction === 'ingress' &&
    line.protocol === 'tcp' &&
    line.source === `${ipv6Of(client.port)}` &&
    line.destination_port === CLOSED_PORT;
  const lines = await linesOf(setting, log, isWanted, async () => {
    await connect(server, client, CLOSED_PORT);
    await connect(client, server, OPEN_PORT);
    await connect(client, server, CLOSED_PORT);
  });
  return {
    what: 'a log of what a port drops: TCP to it that is dropped, TCP to it that passes, TCP to another that is dropped',
    expected: 'the first alone is logged, with its addresses and ports',
    seen: describe(lines),
    ok: lines.length > 0 && lines.every(isWanted),
  };
}

/** What the group lets through: not what it drops. */
async function tryAccepts(setting: Setting): Promise<Evidence> {
  const { server, client, group } = setting;
  const log = await makeLog(setting, { resource_id: group.id, event: 'ACCEPT' });
  const isWanted = ({ port_id, verdict, direction, destination_port }: Line): boolean =>
    port_id === server.port.id &&
    verdict === 'ACCEPT' &&
    direction === 'ingress' &&
    destination_port === OPEN_PORT;
  const lines = await linesOf(setting, log, isWanted, async () => {
    await connect(client, server, CLOSED_PORT);
    await connect(client, server, OPEN_PORT);
  });
  return {
    what: 'a log of what a group lets through: TCP that passes, and TCP that is dropped',
    expected: 'the first is logged, of the second nothing as it comes in',
    seen: describe(lines),
    ok:
      lines.some(isWanted) &&
      lines.every(({ verdict }) => verdict === 'ACCEPT') &&
      !lines.some((line) => line.direction === 'ingress' && line.destination_port === CLOSED_PORT),
  };
}

/** Many packets at once: the log takes a part of them. */
async function tryFlood(setting: Setting): Promise<Evidence> {
  const { server, client, group } = setting;
  const log = await makeLog(setting, { resource_id: group.id, event: 'DROP' });
  const device = client.instance.interface('eth0');
  const [source, destination] = [ipv6Of(client.port), ipv6Of(server.port)];
  const datagram = frame(
    device.mac,
    server.instance.interface('eth0').mac,
    ipv6(source, destination, udp(SOURCE_PORT, FLOOD_PORT, new Uint8Array(8))),
  );
  const isFlood = ({ destination_port }: Line): boolean => destination_port === FLOOD_PORT;
  let sent = 0;
  const lines = await linesOf(setting, log, isFlood, async () => {
    sent += FLOOD;
    device.send(...Array.from({ length: FLOOD }, () => datagram));
  });
  const logged = lines.filter(isFlood).length;
  return {
    what: `a log while ${FLOOD} datagrams are dropped at once`,
    expected: 'less than half of them are logged',
    seen: `${logged} of ${sent}`,
    ok: logged > 0 && logged < sent / 2,
  };
}

const makeLog = ({ trial }: Setting, wish: Partial<Create<'log'>>): Promise<Answered<'log'>> =>
  trial.makeAsAdmin('log', { resource_type: 'security_group', ...wish });

/** Repeats what is to be logged until it is, for a log takes effect after it was made; then ends the log. */
async function linesOf(
  { trial, file }: Setting,
  log: Answered<'log'>,
  isWanted: (line: Line) => boolean,
  act: () => Promise<unknown>,
): Promise<Line[]> {
  const read = async (): Promise<Line[]> => {
    const text = await readFile(file, 'utf8').catch(() => '');
    // What stands after the last end of a line is still being written.
    const whole = text.split('\n').slice(0, -1);
    const lines = whole.filter((line) => line.includes(log.id));
    return lines.map((line) => JSON.parse(line) as Line);
  };
  const isThere = async (): Promise<boolean> => (await read()).some(isWanted);
  await waitUntil(async () => {
    await act();
    return waitUntil(isThere, PROMPT_MS * 2);
  }, LOGGED_MS);
  const lines = await read();
  await trial.deleteAsAdmin('log', log.id);
  return lines;
}

const connect = (from: Guest, to: Guest, port: number): Promise<unknown> =>
  tcpProbe(from.instance, ipv6Of(to.port), port, { patienceMs: PROMPT_MS });

const describe = (lines: readonly Line[]): string =>
  [
    ...new Set(
      lines.map(
        ({ verdict, direction, protocol, destination_port }) =>
          `${verdict} ${direction} ${protocol} ${destination_port ?? ''}`,
      ),
    ),
  ].join(', ') || 'nothing';
