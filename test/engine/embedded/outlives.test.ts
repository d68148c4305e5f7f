/** Engines whose daemons outlive the process that started them: what the next one makes of what it finds. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { removeAbandonedEngines } from '../../../src/engine/embedded/abandoned-engines.ts';
import type { EmbeddedEngine } from '../../../src/engine/embedded/embedded-engine.ts';
import { endEngine } from '../../../src/engine/embedded/end-engine.ts';
import { processesOf, StateDirectoryError } from '../../../src/engine/embedded/state-directory.ts';
import { transactOnce } from '../../../src/ovsdb/index.ts';
import { eventually } from '../../support/eventually.ts';
import { copyPrograms, replaceProgram } from '../../support/programs.ts';
import { isRunning, killDaemon, pidOf, startEngine, temporaryStateDir, tool } from './support.ts';

const outlives = { outlives: true, physicalNetworks: [] };

const pids = (engine: { rundir: string }): Record<string, number> =>
  Object.fromEntries(processesOf(engine.rundir).map(({ name, pid }) => [name, pid]));
const adopted = (engine: EmbeddedEngine): string[] =>
  engine
    .processes()
    .filter(({ isAdopted }) => isAdopted)
    .map(({ name }) => name);
const syncs = (engine: { rundir: string }) => tool(engine, 'ovn-nbctl', '--timeout=15', '--wait=hv', 'sync');

/** A state directory whose engine is ended with the test, whoever runs it then. */
function stateDirectory(t: TestContext): string {
  const directory = join(temporaryStateDir(t), 'engine');
  t.after(() => endEngine(directory));
  return directory;
}

test('an engine that is left goes on, and the next one adopts all of it', async (t) => {
  const stateDir = stateDirectory(t);
  const first = await startEngine(t, stateDir, outlives);
  const before = pids(first);
  await tool(first, 'ovn-nbctl', 'ls-add', 'net1');
  await first.leave();
  await syncs(first);
  assert.deepEqual(await removeAbandonedEngines(), []);
  const second = await startEngine(t, stateDir, outlives);
  assert.deepEqual(pids(second), before);
  assert.equal(adopted(second).length, Object.keys(before).length);
  const [oldest] = second.processes().map(({ since }) => since!.getTime());
  assert.ok(oldest! > Date.now() - 60_000 && oldest! < Date.now());
  // Those that were adopted are supervised like those that were started.
  process.kill(before['ovn-northd']!, 'SIGKILL');
  await eventually(
    'northd is back',
    () => (pids(second)['ovn-northd'] ?? 0) !== 0 && pids(second)['ovn-northd'] !== before['ovn-northd'],
  );
  await syncs(second);
  await second.stop();
  assert.deepEqual(Object.values(pids(second)).concat(Object.values(before).filter(isRunning)), []);
});

test('one that is to end with its process adopts nothing', async (t) => {
  const stateDir = stateDirectory(t);
  const first = await startEngine(t, stateDir, outlives);
  const before = pids(first);
  await first.leave();
  const second = await startEngine(t, stateDir);
  assert.deepEqual(adopted(second), []);
  assert.deepEqual(Object.values(before).filter(isRunning), []);
});

test('programs that were replaced are started again, and no others', async (t) => {
  const prefix = temporaryStateDir(t);
  copyPrograms(prefix);
  const stateDir = stateDirectory(t);
  const options = { ...outlives, programs: prefix };
  const first = await startEngine(t, stateDir, options);
  const before = pids(first);
  await first.leave();
  for (const program of ['ovn-northd', 'ovn-controller']) replaceProgram(prefix, program);
  const second = await startEngine(t, stateDir, options);
  const changed = Object.entries(pids(second)).filter(([name, pid]) => before[name] !== pid);
  assert.deepEqual(changed.map(([name]) => name).sort(), ['ovn-controller', 'ovn-northd']);
  await syncs(second);
});

test('a database whose schema is a newer one by now is converted, by another server', async (t) => {
  const prefix = temporaryStateDir(t);
  copyPrograms(prefix);
  rmSync(join(prefix, 'share/ovn'));
  cpSync('/usr/share/ovn', join(prefix, 'share/ovn'), { recursive: true });
  const stateDir = stateDirectory(t);
  const options = { ...outlives, programs: prefix };
  const first = await startEngine(t, stateDir, options);
  await tool(first, 'ovn-nbctl', '--wait=hv', 'ls-add', 'net1');
  await first.leave();
  const file = join(prefix, 'share/ovn/ovn-nb.ovsschema');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"version": "[\d.]+"/, '"version": "99.0.0"'));
  const second = await startEngine(t, stateDir, options);
  assert.deepEqual(
    second.processes().flatMap(({ name, isAdopted }) => (isAdopted ? [] : [name])),
    ['northbound'],
  );
  assert.match(await tool(second, 'ovn-nbctl', 'ls-list'), /\(net1\)/);
  assert.equal(await tool(second, 'ovsdb-tool', 'db-version', join(stateDir, 'northbound.db')), '99.0.0');
});

test('a state directory that was moved meanwhile is refused until its daemons have ended', async (t) => {
  const old = stateDirectory(t);
  const first = await startEngine(t, old, outlives);
  await first.leave();
  const moved = join(temporaryStateDir(t), 'moved');
  t.after(() => endEngine(moved));
  renameSync(old, moved);
  await assert.rejects(
    startEngine(t, moved, outlives),
    (error) => error instanceof StateDirectoryError && error.message.includes(`from when it was ${old}`),
  );
  await syncs(first);
  const { processes } = await endEngine(moved);
  assert.equal(processes.length, 7);
  assert.ok(!existsSync(first.rundir));
  await syncs(await startEngine(t, moved, outlives));
});

test('a copy of a state directory is one of its own', async (t) => {
  const original = stateDirectory(t);
  const first = await startEngine(t, original, outlives);
  await tool(first, 'ovn-nbctl', '--wait=hv', 'ls-add', 'net1');
  await first.leave();
  const copy = join(temporaryStateDir(t), 'copy');
  t.after(() => endEngine(copy));
  cpSync(original, copy, { recursive: true });
  const second = await startEngine(t, copy, outlives);
  await tool(second, 'ovn-nbctl', '--wait=hv', 'ls-del', 'net1');
  assert.match(await tool(first, 'ovn-nbctl', 'ls-list'), /\(net1\)/);
  const again = await startEngine(t, original, outlives);
  assert.equal(adopted(again).length, 7);
});

test('another state directory in the place of one that was removed is not given its daemons', async (t) => {
  const stateDir = stateDirectory(t);
  const first = await startEngine(t, stateDir, outlives);
  await tool(first, 'ovn-nbctl', '--wait=hv', 'ls-add', 'net1');
  const before = pids(first);
  await first.leave();
  rmSync(stateDir, { recursive: true });
  const second = await startEngine(t, stateDir, outlives);
  assert.deepEqual(adopted(second), []);
  assert.deepEqual(Object.values(before).filter(isRunning), []);
  assert.doesNotMatch(await tool(second, 'ovn-nbctl', 'ls-list'), /net1/);
});

test('a state directory that is gone can be ended by its name', async (t) => {
  const stateDir = stateDirectory(t);
  const first = await startEngine(t, stateDir, outlives);
  await first.leave();
  rmSync(stateDir, { recursive: true });
  assert.equal((await endEngine(stateDir)).processes.length, 7);
  assert.ok(!existsSync(first.rundir));
});

test('pid files that are stale mislead nobody', async (t) => {
  const stateDir = stateDirectory(t);
  const first = await startEngine(t, stateDir, outlives);
  await first.leave();
  process.kill(await pidOf(first, 'ovn-northd'), 'SIGKILL');
  // What has that id by now has nothing to do with it.
  writeFileSync(join(first.rundir, 'ovn-northd.pid'), `${process.pid}\n`);
  rmSync(join(first.rundir, 'southbound.pid'));
  const second = await startEngine(t, stateDir, outlives);
  assert.equal(adopted(second).length, 6);
  await syncs(second);
});

test('a daemon that was stopped goes on', async (t) => {
  const stateDir = stateDirectory(t);
  const first = await startEngine(t, stateDir, outlives);
  await first.leave();
  process.kill(await pidOf(first, 'southbound'), 'SIGSTOP');
  const second = await startEngine(t, stateDir, outlives);
  assert.equal(adopted(second).length, 7);
  await syncs(second);
});

test('databases that are removed are written again, and lose nothing', async (t) => {
  const stateDir = stateDirectory(t);
  const engine = await startEngine(t, stateDir);
  await tool(engine, 'ovn-nbctl', '--wait=hv', 'ls-add', 'net1');
  const names = ['northbound', 'southbound', 'switch'];
  const files = names.map((name) => join(stateDir, `${name}.db`));
  for (const file of files) rmSync(file);
  await eventually('the files are there', () => files.every(existsSync));
  for (const name of names) await killDaemon(engine, name);
  await eventually('all works', () => syncs(engine).then(() => true));
  assert.match(await tool(engine, 'ovn-nbctl', 'ls-list'), /\(net1\)/);
  assert.match(await tool(engine, 'ovs-vsctl', 'list-br'), /br-vif/);
});

test('a database that holds much more history than contents is compacted', async (t) => {
  const stateDir = stateDirectory(t);
  const engine = await startEngine(t, stateDir);
  const file = join(stateDir, 'northbound.db');
  const biggest = { bytes: 0 };
  for (let round = 0; round < 12; round++) {
    const value = String(round).repeat(500_000).slice(0, 500_000);
    const row = { external_ids: ['map', [['test', value]]] };
    const update = { op: 'update', table: 'NB_Global', where: [], row };
    await transactOnce(
      engine.northbound.slice('unix:'.length),
      'OVN_Northbound',
      [update],
      AbortSignal.timeout(10_000),
    );
    biggest.bytes = Math.max(biggest.bytes, statSync(file).size);
  }
  assert.ok(biggest.bytes > 4_000_000);
  await eventually('it is small again', () => statSync(file).size < 1_000_000);
  await syncs(engine);
});
