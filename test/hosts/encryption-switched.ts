/**
 * Encryption that is switched on and off for hosts which joined without, while an instance on the one talks to one on the
 * other: what is lost by that, by a certificate that is renewed, and what it costs. It takes Open vSwitch's datapath in
 * the kernel: `npm run test:encryption`.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { transferSeconds } from '../../bench/traffic.ts';
import { Address } from '../../src/addressing/index.ts';
import { engineSockets } from '../../src/engine/index.ts';
import { HostLab } from '../../src/gap/index.ts';
import { Fabric, Lab, type LabInstance, type LabMachine, Pinger, setPatience } from '../../src/lab/index.ts';
import {
  charonMark,
  processesWithArgument,
  swanctlCommand,
  swanctlEnvironment,
} from '../../src/linux/index.ts';
import { decodeTunnel, IP_PROTOCOL } from '../../src/packets/index.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, type Served, serve } from '../support/serve.ts';
import { silent } from './support.ts';

const SEXTANT = join(import.meta.dirname, '../../bin/sextant');
const NAMES = ['h1', 'h2'] as const;
/** Milliseconds between two echo requests: what is lost is told in these. */
const INTERVAL_MS = 50;
/** What is sent for a figure of what it costs: octets, and how often. */
const TRANSFER = { octets: 30_000_000, repeats: 5 };
const PATIENCE_S = 600;

describe('tunnels of hosts that joined without encryption', () => {
  const ended = new AsyncDisposableStack();
  const instances: LabInstance[] = [];
  let directory: string;
  let fabric: Fabric;
  let service: Served;
  let port: number;
  let machines: LabMachine[];
  let target: Address;

  const stateOf = ({ name }: LabMachine) => join(directory, name);
  const rundirOf = (machine: LabMachine) => engineSockets(join(stateOf(machine), 'engine'));
  const ikeOf = (machine: LabMachine) => join(rundirOf(machine), 'ipsec');
  const server = () => `https://[${fabric.address}]:9697`;

  const start = async (encryption: string): Promise<Served> =>
    serve(join(directory, 'service'), port, {
      SEXTANT_HOSTS_LISTEN: `[${fabric.address}]:9697`,
      SEXTANT_HOSTS_NAMESPACE: fabric.namespace,
      SEXTANT_ENGINE_ENCRYPTION: encryption,
    });

  /** Has the service go on with another setting, and waits until all hosts say that they have it. */
  async function change(encryption: 'none' | 'ipsec'): Promise<void> {
    await service.stop();
    service = await start(encryption);
    await eventually(
      `all have ${encryption}`,
      async () => {
        const agents = await service.client.list('agent', {});
        const states = agents
          .filter(({ host }) => NAMES.includes(host as 'h1'))
          .map(({ configurations }) => (configurations as Record<string, unknown>).encryption);
        return states.length === NAMES.length && states.every((state) => state === encryption);
      },
      PATIENCE_S,
    );
  }

  /** What is on the cable while echo requests are answered. */
  async function seen() {
    const capture = fabric.capture(machines[0]!);
    try {
      const pinger = await Pinger.start(instances[0]!, target, INTERVAL_MS);
      assert.equal((await pinger.end()).lost, 0);
      await capture.settle();
      const frames = capture.observations.map(({ frame }) => frame);
      const isProtected = frames.filter(
        ({ network }) =>
          'upper' in network &&
          network.upper.kind === 'octets' &&
          network.upper.protocol === IP_PROTOCOL.encapsulation,
      );
      return { readable: frames.filter((frame) => decodeTunnel(frame)).length, esp: isProtected.length };
    } finally {
      await capture.stop();
    }
  }

  /** Requests that are not answered while something is done, and for how long at a stretch. */
  async function losing(t: TestContext, what: string, act: () => Promise<void>): Promise<number> {
    const pinger = await Pinger.start(instances[0]!, target, INTERVAL_MS);
    try {
      await act();
      const { lost, outageMs } = await pinger.result();
      t.diagnostic(
        `${what}: ${lost} of the requests every ${INTERVAL_MS} ms lost, ${outageMs} ms at a stretch`,
      );
      return lost;
    } finally {
      await pinger.stop();
    }
  }

  /** Megabits in a second by TCP from the one to the other: the median of some transfers. */
  async function rate(t: TestContext, what: string): Promise<void> {
    const listener = instances[1]!.spawn(['iperf3', '--server', '--forceflush']);
    await new Promise<void>((resolve) => listener.stdout!.once('data', () => resolve()));
    try {
      const rates: number[] = [];
      for (let at = 0; at < TRANSFER.repeats; at++) {
        const words = ['-6', '-c', `${target}`, '-n', `${TRANSFER.octets}`, '-M', '1200', '--json'];
        const { stdout } = await instances[0]!.tryRun(['iperf3', ...words], PATIENCE_S * 1_000);
        rates.push((TRANSFER.octets * 8) / 1e6 / transferSeconds(stdout));
      }
      rates.sort((one, other) => one - other);
      t.diagnostic(`${what}: ${rates.map((one) => one.toFixed(0)).join(', ')} Mbit/s by TCP`);
    } finally {
      listener.kill('SIGKILL');
    }
  }

  before(async () => {
    setPatience(10);
    directory = mkdtempSync(join(tmpdir(), 'sextant-switched-'));
    ended.defer(() => rmSync(directory, { recursive: true, force: true }));
    fabric = ended.use(Fabric.open(ended.use(Lab.open()), 6));
    port = await freePort();
    service = await start('none');
    ended.defer(() => service.stop());
    machines = NAMES.map((name) => fabric.machine(name));
    for (const machine of machines) {
      const { token } = await service.client.create('host_token', {});
      const flags = ['--token', token!, '--no-service', '--name', machine.name, '--state', stateOf(machine)];
      ended.defer(async () => void (await machine.run([SEXTANT, 'stop', '--state', stateOf(machine)])));
      // Again where that is slow: what has joined is waited for, and nothing else done.
      const join = () => machine.run([SEXTANT, 'host', 'join', '--server', server(), ...flags]);
      await eventually(`${machine.name} has joined`, () => join().then(() => true), PATIENCE_S);
    }
    const { client } = service;
    // As it is to be before: a network that was made without has its MTU.
    const network = await client.create('network', { mtu: 1385 });
    await client.create('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00:1::/64' });
    const group = await client.create('security_group', {});
    await client.create('security_group_rule', {
      ...{ security_group_id: group.id, direction: 'ingress', ethertype: 'IPv6' },
    });
    for (const machine of machines) {
      const made = await client.create('port', { network_id: network.id, security_groups: [group.id] });
      const switchDatabase = `unix:${rundirOf(machine)}/db.sock`;
      const lab = new HostLab({ switchDatabase, namespace: machine.namespace, name: machine.name }, silent);
      ended.defer(() => lab.close());
      const instance = await lab.instance(`on-${machine.name}`);
      const device = await lab.plug(made, instance, 'eth0', client);
      target = Address.parse(made.fixed_ips[0]!.ip_address!);
      device.up();
      device.addAddress(target, 64);
      instances.push(instance);
    }
  });
  after(() => ended.disposeAsync());

  it('are read on the cable', async (t) => {
    const { readable, esp } = await seen();
    assert.ok(readable > 0 && esp === 0, `${readable}, ${esp}`);
    await rate(t, 'as it is');
  });

  it('are encrypted from when the service says so', async (t) => {
    await losing(t, 'switched on', () => change('ipsec'));
    const { readable, esp } = await seen();
    assert.ok(readable === 0 && esp > 0, `${readable}, ${esp}`);
    await rate(t, 'encrypted');
  });

  it('lose nothing by a certificate that is renewed, and show it', async (t) => {
    const [one] = machines as [LabMachine];
    const ike = async (...words: string[]) => {
      const [program, ...args] = swanctlCommand(ikeOf(one), ...words);
      return one.run([program, ...args], swanctlEnvironment(ikeOf(one)));
    };
    const lost = await losing(t, 'certificate renewed', async () => {
      const files = [server(), one.name, join(stateOf(one), 'pki')];
      const serial = await one.run([process.execPath, join(import.meta.dirname, 'renew.ts'), ...files]);
      await eventually(
        'charon has it',
        async () => (await ike('--list-certs', '--type', 'x509')).replaceAll(':', '').includes(serial),
        PATIENCE_S,
      );
    });
    assert.equal(lost, 0);
    // With a daemon that begins anew there is nothing but the new one to show.
    await losing(t, 'charon killed', async () => {
      const pidOf = () => processesWithArgument((argument) => argument === charonMark(ikeOf(one)))[0];
      const pid = pidOf()!;
      process.kill(pid, 'SIGKILL');
      await eventually('it runs again', () => ![undefined, pid].includes(pidOf()), PATIENCE_S);
      await eventually(
        'it has agreed on keys again',
        async () => (await ike('--list-sas')).includes('INSTALLED'),
        PATIENCE_S,
      );
    });
    const { readable, esp } = await seen();
    assert.ok(readable === 0 && esp > 0, `${readable}, ${esp}`);
  });

  it('are as they were when it is switched off', async (t) => {
    await losing(t, 'switched off', () => change('none'));
    const { readable, esp } = await seen();
    assert.ok(readable > 0 && esp === 0, `${readable}, ${esp}`);
    for (const machine of machines) assert.equal(await machine.run(['ip', 'xfrm', 'policy']), '');
    await rate(t, 'as it was');
  });
});
