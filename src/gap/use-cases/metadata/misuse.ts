/** What an instance may do to its metadata service, and that another's goes on meanwhile. */
import type { Socket } from 'node:net';
import { SERVICE_LINK_LOCAL } from '../../../addressing/index.ts';
import { httpProbe, type InstanceInterface, openHttp } from '../../../lab/index.ts';
import { describeHttp, readsMetadata, type Trial } from '../../kit/index.ts';

const PATH = '/latest/user-data';
const to = SERVICE_LINK_LOCAL;

/** Requests at a time, and connections that say nothing. */
const FLOOD = 2_000;
const SILENT = 200;
/** More than the service reads. */
const HUGE = 64 * 1024;
const PATIENCE_MS = 10_000;

/** @param expected what `other` is told when it asks for its user data */
export async function tryFaults(
  trial: Trial,
  greedy: InstanceInterface,
  other: InstanceInterface,
  expected: string,
): Promise<void> {
  await tryTricks(trial, greedy);
  const flood = Array.from({ length: FLOOD }, () => ask(greedy));
  trial.show({
    ...(await served(`another instance's requests while one has ${FLOOD} under way`, other, expected)),
    core: true,
  });
  const outcomes = await Promise.all(flood);
  const answered = outcomes.filter((outcome) => outcome.outcome === 'answered').length;
  const foreign = outcomes.filter(
    (outcome) => outcome.outcome === 'answered' && outcome.body === expected,
  ).length;
  trial.show({
    what: `the ${FLOOD} themselves`,
    expected: 'some are answered, none with what is another’s',
    seen: `${answered} answered, ${foreign} with another's`,
    ok: answered > 0 && foreign === 0,
  });
  await trySilence(trial, greedy, other, expected);
}

const ask = (device: InstanceInterface) =>
  httpProbe(device.instance, { to, device: device.device, path: PATH }, PATIENCE_MS);

async function served(what: string, device: InstanceInterface, expected: string) {
  const outcomes = [];
  for (let i = 0; i < 5; i++) outcomes.push(await ask(device));
  const right = outcomes.filter((outcome) => outcome.outcome === 'answered' && outcome.body === expected);
  const wrong = outcomes.find((outcome) => !right.some((one) => one === outcome));
  return {
    what,
    expected: '5 of 5 answered',
    seen: `${right.length} of 5 answered${wrong ? `, but ${describeHttp(wrong)}` : ''}`,
    ok: right.length === 5,
  };
}

/** Connections that never finish their request. */
async function trySilence(
  trial: Trial,
  greedy: InstanceInterface,
  other: InstanceInterface,
  expected: string,
): Promise<void> {
  const sockets = Array.from({ length: SILENT }, () => openHttp(greedy.instance, to, greedy.device));
  const closed = sockets.map((socket) => ended(socket));
  for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nX-Slow: ');
  const what = `another instance's requests while one holds ${SILENT} connections with half a request`;
  trial.show(await served(what, other, expected));
  const kept = await Promise.all(closed.map((end) => Promise.race([end.then(() => 0), after(PATIENCE_MS)])));
  const open = kept.reduce((sum, one) => sum + one, 0);
  trial.show({
    what: `those connections after ${PATIENCE_MS / 1000} s`,
    expected: '0 open',
    seen: `${open} open`,
    ok: open === 0,
  });
  for (const socket of sockets) socket.destroy();
  trial.show(await served('the instance itself, after that', greedy, (await bodyOf(greedy)) ?? ''));
}

async function bodyOf(device: InstanceInterface): Promise<string | undefined> {
  const outcome = await ask(device);
  return outcome.outcome === 'answered' ? outcome.body : undefined;
}

/** Settles when the other side has ended a connection, whatever way. */
function ended(socket: Socket): Promise<void> {
  socket.on('error', () => {});
  socket.resume();
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

const after = (milliseconds: number): Promise<1> =>
  new Promise((resolve) => setTimeout(() => resolve(1), milliseconds).unref());

/** Paths, methods and headers that are not served. */
async function tryTricks(trial: Trial, device: InstanceInterface): Promise<void> {
  const tricks: [what: string, path: string, status: number | 'refusal', more?: object][] = [
    ['a path with ..', '/latest/../openstack', 404],
    ['a path with %2e', '/%2e%2e/openstack', 404],
    ['a path with //', '//latest', 404],
    ['another host in the request line', 'http://[::1]/latest', 404],
    ['PUT', '/latest/api/token', 405, { method: 'PUT' }],
    ['a request body', PATH, 413, { headers: { 'Content-Length': '5' } }],
    [`headers of ${HUGE / 1024} KiB`, PATH, 'refusal', { headers: { 'X-Huge': 'x'.repeat(HUGE) } }],
  ];
  for (const [what, path, status, more] of tricks)
    trial.show(await readsMetadata({ what: `refused: ${what}` }, device, { to, path, ...more }, status));
}
