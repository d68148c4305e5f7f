import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { Address, linkLocalAddress, Mac } from '../../src/addressing/index.ts';
import type { InstanceInterface } from '../../src/lab/instance/instance.ts';
import { Lab } from '../../src/lab/lab.ts';
import { firstAnswer } from '../../src/lab/probes/first-answer.ts';
import { ping } from '../../src/lab/probes/ping.ts';
import { SwitchConnection, type SwitchFacts } from '../../src/lab/switch-connection.ts';
import { setPatience, waitUntil } from '../../src/lab/wait.ts';
import { inNamespace } from '../../src/linux/index.ts';
import { tapName } from '../../src/switch/index.ts';
import { pidOf, silent, startEngine, tool } from '../engine/embedded/support.ts';
import { addPort, makeNetwork, openFacts, startAgent } from '../host/support.ts';

const PREFIX = 'fd00::';
const PATIENCE = 20_000;
/** What was begun first ends last. */
const begun = new AsyncDisposableStack();
after(() => begun.disposeAsync());

const deferred = { after: (end: () => void | Promise<void>) => begun.defer(async () => end()) };
const engine = await startEngine(deferred);
await startAgent(engine, deferred, await openFacts(engine, deferred));
const connection = await SwitchConnection.open(facts('br-vif'), silent);
begun.defer(() => connection.close());
const lab = Lab.open();
begun.defer(() => lab.close());
let ports = 0;
await makeNetwork(engine, 'net', {});

function facts(bridge: string): SwitchFacts {
  return { database: engine.switchDatabase, bridge, namespace: engine.namespace };
}

interface NewPort {
  readonly id: string;
  readonly mac: Mac;
  readonly mtu: number;
  readonly address: Address;
}

/** Makes a logical switch port with an address. */
async function makePort(): Promise<NewPort> {
  const number = ++ports;
  const mac = Mac.of(0xfa163e000000n + BigInt(number));
  const port = {
    id: `port-${number}-of-the-test`,
    mac,
    mtu: 1442,
    address: Address.parse(`${PREFIX}${number}`),
  };
  const addresses = `${mac} ${port.address} ${linkLocalAddress(mac)}`;
  await addPort(engine, 'net', port.id, number);
  await tool(engine, 'ovn-nbctl', 'lsp-set-port-security', port.id, addresses);
  return port;
}

/** A port plugged into a new instance, by an address that it has at once. */
async function plugged(to = connection): Promise<{ device: InstanceInterface; port: NewPort }> {
  const [port, instance] = await Promise.all([makePort(), lab.instance('vm')]);
  const device = await lab.plug(to, port, instance, 'eth0');
  device.up();
  device.addAddress(port.address, 64);
  return { device, port };
}

const interfacesOf = (portId: string): Promise<string> =>
  tool(
    engine,
    'ovs-vsctl',
    '--columns=name',
    '--bare',
    'find',
    'Interface',
    `external_ids:iface-id=${portId}`,
  );

test('instances that are plugged in reach each other, by either bridge, with their MACs', async () => {
  const bare = await SwitchConnection.open(facts('br-int'), silent);
  const [one, two] = await Promise.all([plugged(), plugged(bare)]);
  assert.deepEqual([String(one.device.mac), one.device.ipv6Mtu()], [String(one.port.mac), one.port.mtu]);
  const reached = async () => (await ping(one.device.instance, two.port.address)).received > 0;
  assert(await waitUntil(reached, PATIENCE));
  await lab.unplug(two.port.id);
  assert.equal(await interfacesOf(two.port.id), '');
  await bare.close();
});

test("the switch's kernel says nothing to who is plugged into OVN's own bridge", async () => {
  const bare = await SwitchConnection.open(facts('br-int'), silent);
  const { port } = await plugged(bare);
  const setting = `/proc/sys/net/ipv6/conf/${tapName(port.id)}/disable_ipv6`;
  assert.equal(
    inNamespace(engine.namespace, () => readFileSync(setting, 'utf8').trim()),
    '1',
  );
  await lab.unplug(port.id);
  await bare.close();
});

test('a switch that stands still is told from one that works', async () => {
  assert.ok(await connection.answers());
  const pid = await pidOf(engine, 'ovs-vswitchd');
  setPatience(1 / 50);
  process.kill(pid, 'SIGSTOP');
  try {
    assert.equal(await connection.answers(), false);
  } finally {
    process.kill(pid, 'SIGCONT');
    setPatience(1);
  }
  assert.ok(await connection.answers());
});

test('the first answer comes after the port was plugged in', async () => {
  const { device, port } = await plugged();
  const instance = await lab.instance('new');
  const { pluggedIn, answered } = await firstAnswer({ device, address: port.address }, async () => {
    const made = await makePort();
    return { device: await lab.plug(connection, made, instance, 'eth0'), address: made.address };
  });
  assert(pluggedIn > 0 && answered > pluggedIn, `${pluggedIn} ${answered}`);
});

test("a crashed lab's ports are taken out of the switch, a living lab's stay", async () => {
  const living = await plugged();
  const port = await makePort();
  const source = new URL('../../src/', import.meta.url);
  const program = `
    import { pino } from 'pino';
    import { Mac } from '${new URL('addressing/index.ts', source)}';
    import { Lab } from '${new URL('lab/lab.ts', source)}';
    import { SwitchConnection } from '${new URL('lab/switch-connection.ts', source)}';
    const lab = Lab.open();
    const connection = await SwitchConnection.open(${JSON.stringify(facts('br-vif'))}, pino({ level: 'silent' }));
    const port = { id: '${port.id}', mac: Mac.parse('${port.mac}'), mtu: 1442 };
    await lab.plug(connection, port, await lab.instance('vm'), 'eth0');
    console.log(lab.id);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  });
  const exit = once(child, 'exit');
  const [line] = await Promise.race([once(child.stdout, 'data'), exit]);
  child.kill('SIGKILL');
  await exit;
  assert.notEqual(await interfacesOf(port.id), '');

  const cleaned = await Lab.clean(silent);
  assert(cleaned.labs.includes(String(line).trim()));
  assert(cleaned.ports.includes(port.id) && !cleaned.ports.includes(living.port.id));
  assert.equal(await interfacesOf(port.id), '');
  assert.notEqual(await interfacesOf(living.port.id), '');
});
