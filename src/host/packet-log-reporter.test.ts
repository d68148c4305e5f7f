import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually } from '../../test/support/eventually.ts';
import { quiet } from '../../test/support/stores.ts';
import { PacketLogReporter } from './packet-log-reporter.ts';
import type { ServerChannel } from './server-channel.ts';

const lineOf = (number: number): string =>
  `2026-11-22T07:18:42.963Z|00007|acl_log(ovn_pinctrl0)|INFO|name="group-g", verdict=drop: udp6,tp_dst=${number}`;

/** A log file, and a service that may be away. */
function start(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-packets-'));
  const file = join(directory, 'ovn-controller.log');
  writeFileSync(file, `${lineOf(0)}\n`);
  const told: string[] = [];
  const service = { status: 204, asked: 0 };
  const request: ServerChannel['request'] = async ({ body }) => {
    service.asked++;
    if (service.status === 0) throw new Error('nobody is there');
    if (service.status === 204) told.push(...(body as { lines: string[] }).lines);
    return { status: service.status, headers: {}, body: Buffer.from('') };
  };
  const report = async () => {
    const options = { file, channel: { request }, retryMs: 1, follow: { everyMs: 1 }, log: quiet };
    const reporter = await PacketLogReporter.start(options);
    t.after(() => reporter.stop());
    return reporter;
  };
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const write = (...lines: string[]) => appendFileSync(file, lines.map((line) => `${line}\n`).join(''));
  const numbers = () => told.map((line) => Number(/tp_dst=(\d+)/.exec(line)?.[1]));
  return { service, report, write, numbers };
}

test('what is logged of packets is told, and nothing else of the log', async (t) => {
  const { report, write, numbers } = start(t);
  await report();
  write(lineOf(1), '2026-11-22T07:18:42.963Z|00008|binding|INFO|Claiming lport |acl_log', lineOf(2));
  await eventually('both are told', () => numbers().join() === '1,2');
});

test('while the service is away it waits; who comes after it goes on where it was', async (t) => {
  const { service, report, write, numbers } = start(t);
  const first = await report();
  write(lineOf(1));
  await eventually('it is told', () => numbers().join() === '1');
  service.status = 0;
  write(lineOf(2), lineOf(3));
  await eventually('it is tried', () => service.asked > 3);
  await first.stop();
  service.status = 204;
  await report();
  await eventually('they are told', () => numbers().join() === '1,2,3');
});

test('what the service refuses keeps nothing back', async (t) => {
  const { service, report, write, numbers } = start(t);
  await report();
  service.status = 400;
  write(lineOf(1));
  await eventually('it is refused', () => service.asked === 1);
  service.status = 204;
  write(lineOf(2));
  await eventually('the next one is told', () => numbers().join() === '2');
});
