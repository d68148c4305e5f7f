import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { JsonRpcError } from '../ovsdb/index.ts';
import { DatapathLimits, NoLimitsError } from './datapath-limits.ts';

const UNABLE = 'ovs-vswitchd: failed to set conntrack limit (Operation not supported)\n';
const ZONES = new Map([['port', 7]]);

/** The control socket of a switch that answers each setting of limits as `error` says then; and what it was asked. */
async function controlSocket(t: TestContext) {
  const rundir = await mkdtemp(join(tmpdir(), 'limits-'));
  const control = { rundir, error: null as string | null, asked: [] as string[] };
  const server = createServer((socket) =>
    socket.on('data', (data) => {
      const { id, method, params } = JSON.parse(String(data));
      if (method === 'dpctl/ct-set-limits') control.asked.push(...params);
      socket.end(JSON.stringify({ id, result: '', error: control.error }));
    }),
  );
  await writeFile(join(rundir, 'ovs-vswitchd.pid'), '1\n');
  for (const pid of [1, 2]) {
    const one = pid === 1 ? server : createServer((socket) => server.emit('connection', socket));
    one.listen(join(rundir, `ovs-vswitchd.${pid}.ctl`));
    await once(one, 'listening');
    t.after(() => one.close());
  }
  t.after(() => rm(rundir, { recursive: true }));
  return control;
}

test('a kernel that cannot limit connections is told of once, and of the next switch anew', async (t) => {
  const control = await controlSocket(t);
  control.error = UNABLE;
  const limits = new DatapathLimits(control.rundir);
  const follow = () => limits.follow(ZONES, () => true);
  await assert.rejects(follow, NoLimitsError);
  await follow();
  assert.deepEqual(control.asked, ['zone=7,limit=65536']);
  await writeFile(join(control.rundir, 'ovs-vswitchd.pid'), '2\n');
  await assert.rejects(follow, NoLimitsError);
});

test('any other refusal is tried again, until it is taken', async (t) => {
  const control = await controlSocket(t);
  control.error = 'a bad day';
  const limits = new DatapathLimits(control.rundir);
  const follow = () => limits.follow(ZONES, () => true);
  await assert.rejects(follow, JsonRpcError);
  control.error = null;
  await follow();
  await follow();
  assert.deepEqual(control.asked, ['zone=7,limit=65536', 'zone=7,limit=65536']);
});
