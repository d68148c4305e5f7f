import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { HostAgent } from '../../src/host/host-agent.ts';
import { inNamespace } from '../../src/linux/namespace.ts';
import { Registry } from '../../src/metrics/index.ts';
import { attach, detach, type Switch } from '../../src/switch/attach.ts';
import { isJoined } from '../../src/switch/instance-port.ts';
import { SwitchDatabase } from '../../src/switch/switch-database.ts';
import { killDaemon, pidOf, type Scope, silent, startEngine, tool } from '../engine/embedded/support.ts';
import { eventually } from '../support/eventually.ts';
import {
  addPort,
  addressesOf,
  attachmentOf,
  FORGETFUL,
  inside,
  makeNetwork,
  openFacts,
  startAgent as startAgentOn,
  temporaryNamespace,
  untilUp,
} from './support.ts';

const engine = await startEngine({ after });
const database = await SwitchDatabase.open(engine.switchDatabase, silent);
after(() => database.close());
const theSwitch: Switch = { database, namespace: engine.namespace };

const facts = await openFacts(engine, { after });

const ONE = 1;
const TWO = 2;
await makeNetwork(engine, 'net', { one: ONE, two: TWO });
const here = temporaryNamespace({ after });
const there = temporaryNamespace({ after });
await attachWithAddress('one', ONE, here);
await attachWithAddress('two', TWO, there);

const startAgent = (scope: Scope): Promise<HostAgent> => startAgentOn(engine, scope, facts);

/** Attaches an instance with a static address. */
async function attachWithAddress(port: string, number: number, namespace: string): Promise<void> {
  await attach(theSwitch, attachmentOf(port, number, namespace));
  await inside(namespace, 'ip', 'address', 'add', `${addressesOf(number).global}/64`, 'dev', 'eth0', 'nodad');
}

/** Does so, and waits until OVN has its port. */
async function plugIn(port: string, number: number, namespace: string): Promise<void> {
  await attachWithAddress(port, number, namespace);
  await untilUp(engine, port);
  await tool(engine, 'ovn-nbctl', '--wait=hv', 'sync');
}

/** Whether an echo request from `one` to the port of this number is answered within a second. */
function answers(number = TWO): Promise<boolean> {
  return inside(here, 'ping', '-6', '-c', '1', '-W', '1', addressesOf(number).global).then(
    () => true,
    () => false,
  );
}

/** The flows of the guard bridge without their counters. */
async function flows(): Promise<string[]> {
  const text = await tool(engine, 'ovs-ofctl', '--no-stats', 'dump-flows', 'br-vif');
  return text
    .split('\n')
    .map((line) => line.trim())
    .sort();
}

test('without an agent nothing passes, and OVN has no port; with one it does', async (t) => {
  assert.deepEqual(await flows(), ['']);
  assert.equal(await answers(), false);
  assert.doesNotMatch(await tool(engine, 'ovs-vsctl', 'show'), /to-vif-/);
  await startAgent(t);
  await untilUp(engine, 'two');
  await eventually('the neighbour answers', () => answers());
});

test('an agent that is replaced interrupts nothing', async (t) => {
  const first = await startAgent(t);
  assert.ok(await answers());
  const before = await flows();
  const count = 100;
  const ping = inNamespace(here, () =>
    spawn('ping', ['-6', '-q', '-c', String(count), '-i', '0.01', addressesOf(TWO).global]),
  );
  let report = '';
  ping.stdout.on('data', (text) => {
    report += text;
  });
  await first.stop();
  const second = await startAgent(t);
  await second.stop();
  await startAgent(t);
  await once(ping, 'close');
  assert.match(report, new RegExp(`${count} packets transmitted, ${count} received`));
  assert.deepEqual(await flows(), before);
});

test('whoever plugs need only add an interface: a device with iface-id and attached-mac', async (t) => {
  await startAgent(t);
  await makeNetwork(engine, 'of-vim', { vim: 3 });
  const instance = temporaryNamespace(t);
  const device = 'vnet-vim';
  await inside(
    engine.namespace as string,
    'ip',
    'link',
    'add',
    device,
    'type',
    'veth',
    'peer',
    'eth0',
    'netns',
    instance,
  );
  const ids = ['external_ids:iface-id=vim', 'external_ids:attached-mac=fa:16:3e:00:00:03'];
  await tool(engine, 'ovs-vsctl', 'add-port', 'br-vif', device, '--', 'set', 'Interface', device, ...ids);
  await untilUp(engine, 'vim');
  const [ofport, patch] = await Promise.all(
    [device, 'to-int-vim'].map((name) =>
      tool(
        engine,
        'ovs-vsctl',
        'wait-until',
        'Interface',
        name,
        'ofport>0',
        '--',
        'get',
        'Interface',
        name,
        'ofport',
      ),
    ),
  );
  const present = async (wanted: boolean) => {
    const text = (await flows()).join('\n');
    const own = [`in_port=${ofport} `, `in_port=${patch} `].every((match) => text.includes(match));
    const none = !text.includes(`in_port=${ofport} `) && !text.includes(`in_port=${patch} `);
    return wanted ? own : none;
  };
  await eventually('the port has its flows', () => present(true));

  await tool(engine, 'ovs-vsctl', 'del-port', 'br-vif', device);
  await eventually('the port has no flows', () => present(false));
  await eventually(
    'the patch ports are gone',
    async () => !(await tool(engine, 'ovs-vsctl', 'show')).includes('vim'),
  );
});

for (const [what, ...more] of [
  ['without attached-mac'],
  ['whose attached-mac is none', 'external_ids:attached-mac=none'],
] as const) {
  test(`an interface ${what} gets nothing`, (t) => getsNothing(t, more));
}

async function getsNothing(t: Scope, more: readonly string[]): Promise<void> {
  const agent = await startAgent(t);
  const before = await flows();
  const ids = ['external_ids:iface-id=unknown', ...more];
  const add = ['--', 'set', 'Interface', 'unknown', 'type=internal', ...ids];
  await tool(engine, 'ovs-vsctl', 'add-port', 'br-vif', 'unknown', ...add);
  await agent.stop(); // which ends with a pass over everything
  await startAgent(t);
  assert.deepEqual(await flows(), before);
  assert.doesNotMatch(await tool(engine, 'ovs-vsctl', 'show'), /to-int-unknown/);
  await tool(engine, 'ovs-vsctl', 'del-port', 'br-vif', 'unknown');
}

test('a port that nothing is known of gets nothing; when it is known, flows and then its place in OVN', async (t) => {
  await startAgent(t);
  await tool(engine, 'ovn-nbctl', 'ls-add', 'obscure', '--', 'lsp-add', 'obscure', 'obscure-1');
  await attach(theSwitch, attachmentOf('obscure-1', 7, temporaryNamespace(t)));
  await database.applied();
  const before = await flows();
  await tool(engine, 'ovn-nbctl', '--wait=hv', 'sync');
  assert.equal(isJoined(database, 'obscure-1'), false);
  assert.deepEqual(await flows(), before);

  await tool(engine, 'ovn-nbctl', 'ls-del', 'obscure');
  await makeNetwork(engine, 'obscure', { 'obscure-1': 7 });
  await untilUp(engine, 'obscure-1');
  const [device, patch] = ['tapobscure-1', 'to-int-obscure-1'].map((name) => database.interface(name));
  assert.ok(device?.ofport && patch?.ofport);
  assert.deepEqual([device.ofport_request, patch.ofport_request], [device.ofport, patch.ofport]);
  assert.ok((await flows()).some((flow) => flow.includes(`in_port=${patch.ofport} `)));

  await tool(engine, 'ovn-nbctl', 'ls-del', 'obscure');
  await eventually('its flows are gone', async () => (await flows()).join() === before.join());
  await detach(theSwitch, 'obscure-1');
});

test('what was unplugged while no agent ran is cleaned up by the next', async (t) => {
  const agent = await startAgent(t);
  await makeNetwork(engine, 'brief', { gone: 4 });
  await attach(theSwitch, attachmentOf('gone', 4, temporaryNamespace(t)));
  await untilUp(engine, 'gone');
  await agent.stop();
  await tool(engine, 'ovs-vsctl', 'del-port', 'br-vif', 'tapgone');
  assert.match(await tool(engine, 'ovs-vsctl', 'show'), /to-int-gone/);
  await startAgent(t);
  assert.doesNotMatch(await tool(engine, 'ovs-vsctl', 'show'), /gone/);
});

test('an agent finds the flows of the last one as it would write them', async (t) => {
  await startAgent(t);
  const changes: string[] = [];
  const log = pino(
    { level: 'debug' },
    { write: (line) => void (/flows changed/.test(line) && changes.push(line)) },
  );
  const { switchDatabase, rundir } = engine;
  const successor = await HostAgent.start({
    switchDatabase,
    rundir,
    facts,
    addresses: FORGETFUL,
    metrics: new Registry(),
    log,
  });
  t.after(() => successor.stop());
  assert.deepEqual(changes, []);
});

test('flows that somebody deletes, changes or adds are put right', async (t) => {
  await startAgent(t);
  const before = await flows();
  for (const [command, ...args] of [
    ['del-flows', 'br-vif'],
    ['del-flows', 'br-vif', 'table=2,icmp6,icmp_type=134'],
    ['mod-flows', 'br-vif', 'table=2,icmp6,icmp_type=134,actions=resubmit(,3)'],
    ['add-flow', 'br-vif', 'table=2,priority=30000,icmp6,icmp_type=134,actions=resubmit(,3)'],
    ['--protocols=OpenFlow14', 'del-meters', 'br-vif'], // and with them the flows that use them
  ] as [string, ...string[]][]) {
    await tool(engine, 'ovs-ofctl', command, ...args);
    await eventually(`flows are as before ${command}`, async () => (await flows()).join() === before.join());
  }
  assert.equal(await answers(), true);
});

for (const daemon of ['ovs-vswitchd', 'switch', 'ovn-controller', 'southbound']) {
  test(`traffic passes again after kill -9 of ${daemon}, and new ports are joined`, async (t) => {
    await startAgent(t);
    await eventually('the neighbour answers', () => answers());
    const before = await flows();
    await killDaemon(engine, daemon);
    await eventually('traffic passes', () => answers());
    await eventually('the flows are as before', async () => (await flows()).join() === before.join());

    const [id, number] = [`after-${daemon}`.slice(0, 11), 5];
    await addPort(engine, 'net', id, number);
    await plugIn(id, number, temporaryNamespace(t));
    await eventually('the new port answers', () => answers(number));
    await detach(theSwitch, id);
    await tool(engine, 'ovn-nbctl', 'lsp-del', id);
    await eventually('nothing of it is left', async () => (await flows()).join() === before.join());
  });
}

test('plugging and unplugging an instance makes OVN compute only what that changes', async (t) => {
  await startAgent(t);
  await makeNetwork(engine, 'incremental', { plugged: 6 });
  await tool(engine, 'ovn-nbctl', '--wait=hv', 'sync');
  const before = await recomputations();
  await plugIn('plugged', 6, temporaryNamespace(t));
  await detach(theSwitch, 'plugged');
  await database.applied();
  await tool(engine, 'ovn-nbctl', '--wait=hv', 'sync');
  assert.equal(await recomputations(), before);
});

/** How often ovn-controller has computed all logical flows anew. */
async function recomputations(): Promise<string> {
  const target = `${engine.rundir}/ovn-controller.${await pidOf(engine, 'ovn-controller')}.ctl`;
  return tool(
    engine,
    'ovn-appctl',
    '-t',
    target,
    'inc-engine/show-stats',
    'logical_flow_output',
    'recompute',
  );
}

test('an instance that is attached elsewhere is reached there', async (t) => {
  await startAgent(t);
  const elsewhere = temporaryNamespace(t);
  await attach(theSwitch, attachmentOf('two', TWO, elsewhere));
  await inside(elsewhere, 'ip', 'address', 'add', `${addressesOf(TWO).global}/64`, 'dev', 'eth0', 'nodad');
  await eventually('it answers', () => answers());
});
