import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { removeAbandonedEngines } from '../../../src/engine/embedded/abandoned-engines.ts';
import { DatabaseError } from '../../../src/engine/embedded/databases.ts';
import { EmbeddedEngine } from '../../../src/engine/embedded/embedded-engine.ts';
import { rotateLogs } from '../../../src/engine/embedded/log-rotation.ts';
import { processesOf, StateDirectoryError } from '../../../src/engine/embedded/state-directory.ts';
import { createNamespace, deleteNamespace, namespaceExists } from '../../../src/linux/namespace.ts';
import { processesWithArgument } from '../../../src/linux/processes.ts';
import { jsonRpcCall } from '../../../src/ovsdb/index.ts';
import { ChassisError } from '../../../src/switch/chassis.ts';
import { eventually } from '../../support/eventually.ts';
import { isRunning, killDaemon, pidOf, silent, startEngine, temporaryStateDir, tool } from './support.ts';

const DAEMONS = [
  'northbound',
  'southbound',
  'switch',
  'ovn-northd',
  'ovs-vswitchd',
  'ovn-view',
  'ovn-controller',
];

/** Starts an engine in a process of its own. */
async function engineProcess(stateDir: string): Promise<{ child: ChildProcess; engine: EmbeddedEngine }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'engine-process.ts'), stateDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit').then(([status, signal]) => {
    throw new Error(`the engine's process ended: ${status ?? signal}`);
  });
  ended.catch(() => {}); // it ends some day, with nobody listening any more
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
  return { child, engine: JSON.parse(line as string) as EmbeddedEngine };
}

test('the tools of OVN and OVS work on it, and a change reaches the chassis', async (t) => {
  const engine = await startEngine(t);
  await tool(engine, 'ovn-nbctl', '--wait=hv', 'ls-add', 'net1');
  assert.match(await tool(engine, 'ovn-nbctl', `--db=${engine.northbound}`, 'ls-list'), /\(net1\)/);
  assert.match(
    await tool(engine, 'ovn-sbctl', `--db=${engine.southbound}`, 'list', 'Datapath_Binding'),
    /name=net1/,
  );
  const bridges = await tool(engine, 'ovs-vsctl', `--db=${engine.switchDatabase}`, 'list-br');
  assert.deepEqual(bridges.split('\n'), ['br-int', 'br-nptv6', 'br-overlay', 'br-physnet1', 'br-vif']);
  for (const bridge of ['br-int', 'br-vif']) {
    assert.equal(await tool(engine, 'ovs-vsctl', 'get-fail-mode', bridge), 'secure');
  }
});

test('its daemons have no file of a system-wide OVS or OVN open', async (t) => {
  const engine = await startEngine(t);
  const files = processesOf(engine.rundir).flatMap(({ pid }) =>
    readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`)),
  );
  assert.ok(files.some((file) => file.endsWith('/northbound.db')));
  assert.deepEqual(
    files.filter(
      (file) => /^\/(etc|var|run)\/.*(openvswitch|ovn)\b/.test(file) && !file.startsWith(engine.rundir),
    ),
    [],
  );
});

test('its devices are in a namespace of their own', async (t) => {
  const engine = await startEngine(t);
  assert.ok(engine.namespace !== null && namespaceExists(engine.namespace));
  assert.deepEqual(
    readdirSync('/sys/class/net').filter((device) => /^(br-|ovs-)/.test(device)),
    [],
  );
});

test('stopping it leaves no process, no namespace and no sockets', async (t) => {
  const engine = await startEngine(t);
  const pids = processesOf(engine.rundir).map(({ pid }) => pid);
  assert.equal(pids.length, DAEMONS.length);
  await engine.stop();
  assert.deepEqual(pids.filter(isRunning), []);
  assert.ok(engine.namespace !== null && !namespaceExists(engine.namespace));
  assert.ok(!existsSync(engine.rundir));
});

test('what the northbound database holds is there after a stop and a start', async (t) => {
  const stateDir = temporaryStateDir(t);
  const first = await startEngine(t, stateDir);
  await tool(first, 'ovn-nbctl', '--wait=hv', 'ls-add', 'net1');
  await first.stop();
  const second = await startEngine(t, stateDir);
  await tool(second, 'ovn-nbctl', '--wait=hv', 'sync');
  assert.match(await tool(second, 'ovn-nbctl', 'ls-list'), /\(net1\)/);
});

for (const daemon of DAEMONS) {
  test(`${daemon} is back after kill -9, and changes reach the chassis again`, async (t) => {
    const engine = await startEngine(t);
    await killDaemon(engine, daemon);
    await eventually('ovn-nbctl reaches the chassis', () =>
      tool(engine, 'ovn-nbctl', '--timeout=2', '--wait=hv', 'sync').then(
        () => true,
        () => false,
      ),
    );
    await tool(engine, 'ovn-nbctl', '--wait=hv', 'ls-add', 'afterwards');
  });
}

test('kill -9 of its process ends every daemon; the next start takes over what was there', async (t) => {
  const stateDir = temporaryStateDir(t);
  const { child, engine } = await engineProcess(stateDir);
  await tool(engine, 'ovn-nbctl', '--wait=hv', 'ls-add', 'net1');
  await tool(
    engine,
    'ovs-vsctl',
    'add-port',
    'br-vif',
    'stays',
    '--',
    'set',
    'interface',
    'stays',
    'type=internal',
  );
  const pids = processesOf(engine.rundir).map(({ pid }) => pid);
  assert.equal(pids.length, DAEMONS.length);
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  await eventually('no daemon runs', () => !pids.some(isRunning));

  const successor = await startEngine(t, stateDir);
  await tool(successor, 'ovn-nbctl', '--wait=hv', 'sync');
  assert.match(await tool(successor, 'ovn-nbctl', 'ls-list'), /\(net1\)/);
  assert.equal(await tool(successor, 'ovs-vsctl', 'list-ports', 'br-vif'), 'stays');
});

test('daemons that outlived a crash are ended before new ones start', async (t) => {
  const stateDir = temporaryStateDir(t);
  const first = await startEngine(t, stateDir);
  await first.stop();
  const stale = spawn('sh', ['-c', 'read forever', `--pidfile=${first.rundir}/ovn-northd.pid`]);
  await once(stale, 'spawn');
  const [[, signal]] = await Promise.all([once(stale, 'exit'), startEngine(t, stateDir)]);
  assert.equal(signal, 'SIGKILL');
});

test('two engines run side by side; a second one on the same state directory is refused', async (t) => {
  const stateDir = temporaryStateDir(t);
  const [first, second] = await Promise.all([startEngine(t, stateDir), startEngine(t)]);
  await tool(first, 'ovn-nbctl', '--wait=hv', 'ls-add', 'of-first');
  await tool(second, 'ovn-nbctl', '--wait=hv', 'ls-add', 'of-second');
  assert.doesNotMatch(await tool(first, 'ovn-nbctl', 'ls-list'), /of-second/);

  await assert.rejects(
    startEngine(t, stateDir),
    (error) =>
      error instanceof StateDirectoryError && error.message.includes(`in use by process ${process.pid}`),
  );
  await tool(first, 'ovn-nbctl', '--wait=hv', 'sync');
});

test('a state directory with a long path is no trouble for the sockets', async (t) => {
  const engine = await startEngine(t, join(temporaryStateDir(t), 'x'.repeat(150)));
  await tool(engine, 'ovn-nbctl', '--wait=hv', 'sync');
});

test('a switch database that is none is refused, named, and nothing is left running', async (t) => {
  const stateDir = temporaryStateDir(t);
  const first = await startEngine(t, stateDir);
  await first.stop();
  createNamespace(first.namespace as string); // in a new one the switch would begin anew
  t.after(() => deleteNamespace(first.namespace as string));
  writeFileSync(join(stateDir, 'switch.db'), 'not a database\n');
  await assert.rejects(
    startEngine(t, stateDir),
    (error) => error instanceof DatabaseError && error.message.includes('switch.db'),
  );
  assert.deepEqual(
    processesWithArgument((argument) => argument.includes(stateDir)),
    [],
  );
});

for (const name of ['northbound', 'southbound']) {
  test(`${name}.db that is no database is put aside, and begun anew`, async (t) => {
    const stateDir = temporaryStateDir(t);
    writeFileSync(join(stateDir, `${name}.db`), 'not a database\n');
    const engine = await startEngine(t, stateDir);
    await tool(engine, 'ovn-nbctl', '--wait=hv', 'sync');
    assert.equal(readFileSync(join(stateDir, `${name}.db.unreadable`), 'utf8'), 'not a database\n');
  });
}

test('a physical network whose name makes no bridge is refused before anything starts', async (t) => {
  const stateDir = join(temporaryStateDir(t), 'never-made');
  await assert.rejects(
    EmbeddedEngine.start({
      stateDir,
      physicalNetworks: ['much-too-long-a-name'],
      namespace: 'own',
      log: silent,
    }),
    ChassisError,
  );
  assert.ok(!existsSync(stateDir));
});

test('a daemon whose log is rotated goes on in a new one', async (t) => {
  const stateDir = temporaryStateDir(t);
  const engine = await startEngine(t, stateDir);
  const control = `${engine.rundir}/ovn-northd.${await pidOf(engine, 'ovn-northd')}.ctl`;
  const file = join(stateDir, 'logs', 'ovn-northd.log');
  const reopen = async () => {
    await jsonRpcCall(control, 'vlog/reopen', [], AbortSignal.timeout(5_000));
  };
  assert.deepEqual(await rotateLogs([{ file, reopen }], 0), [file]);
  assert.ok(existsSync(`${file}.1`));
  await eventually('the new log is there', () => existsSync(file));
});

test('what a killed engine leaves is found and removed; running ones are left alone', async (t) => {
  const running = await startEngine(t);
  const { child, engine } = await engineProcess(temporaryStateDir(t));
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  assert.ok(namespaceExists(engine.namespace as string));

  const removed = await removeAbandonedEngines();
  assert.ok(removed.includes(engine.namespace as string));
  assert.ok(!namespaceExists(engine.namespace as string) && !existsSync(engine.rundir));
  assert.ok(!removed.includes(running.namespace as string));
  await tool(running, 'ovn-nbctl', '--wait=hv', 'sync');
});

test("in the machine's namespace there is one switch at a time, and its devices go with it", async (t) => {
  const options = { physicalNetworks: [], namespace: 'host', log: silent } as const;
  const engine = await EmbeddedEngine.start({ ...options, stateDir: temporaryStateDir(t) });
  t.after(() => engine.stop());
  assert.equal(engine.namespace, null);
  assert.ok(existsSync('/sys/class/net/br-int'));
  await tool(engine, 'ovn-nbctl', '--wait=hv', 'sync');
  await assert.rejects(
    EmbeddedEngine.start({ ...options, stateDir: temporaryStateDir(t) }),
    (error) => error instanceof StateDirectoryError && error.message.includes('another Open vSwitch'),
  );
  await engine.stop();
  assert.ok(!existsSync('/sys/class/net/br-int'));
});

test('the controller never meets a southbound database without its first row, which it does not survive', async (t) => {
  // Each begins with empty databases: northd has yet to write the row.
  for (let start = 1; start <= 5; start++) {
    const stateDir = temporaryStateDir(t);
    const engine = await startEngine(t, stateDir);
    const log = readFileSync(join(stateDir, 'logs', 'ovn-controller.log'), 'utf8');
    const starts = log.split('\n').filter((line) => line.includes('OVN internal version'));
    assert.equal(starts.length, 1, `start ${start}`);
    await engine.stop();
  }
});

test('its programs and schemas are those of the prefix that it is given', async (t) => {
  const prefix = temporaryStateDir(t);
  for (const part of ['bin', 'share']) mkdirSync(join(prefix, part));
  for (const part of ['ovn', 'openvswitch'])
    symlinkSync(join('/usr/share', part), join(prefix, 'share', part));
  const used = join(prefix, 'used');
  const script = `#!/bin/sh\ntouch ${used}\nexec /usr/bin/ovn-northd "$@"\n`;
  writeFileSync(join(prefix, 'bin', 'ovn-northd'), script, { mode: 0o755 });
  const options = { physicalNetworks: [], namespace: 'own', log: silent } as const;
  const engine = await EmbeddedEngine.start({
    ...options,
    stateDir: temporaryStateDir(t),
    programs: prefix,
  });
  t.after(() => engine.stop());
  assert.ok(existsSync(used));
  await assert.rejects(
    EmbeddedEngine.start({ ...options, stateDir: temporaryStateDir(t), programs: '/nowhere' }),
    /\/nowhere\/share\/.*engine\.programs/,
  );
});
