/** What goes on when parts of the service end, and come back: packets are counted in both directions all the while. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pino from 'pino';
import { Address } from '../../src/addressing/index.ts';
import type { Answered } from '../../src/client/index.ts';
import { processesOf } from '../../src/engine/embedded/state-directory.ts';
import { HostLab } from '../../src/gap/index.ts';
import { type LabInstance, Pinger } from '../../src/lab/index.ts';
import { namespaceExists } from '../../src/linux/namespace.ts';
import { findLocalService, type LocalService } from '../../src/service/local-services.ts';
import type { RunningPart, ServiceStatus } from '../../src/service/status.ts';
import { sextant } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { copyPrograms, replaceProgram } from '../support/programs.ts';
import { freePort, type Served, serve } from '../support/serve.ts';

const PARTS = [
  ...['host', 'northbound', 'ovn-controller', 'ovn-northd', 'ovn-view', 'ovs-vswitchd'],
  ...['southbound', 'switch'],
];

describe('the data path', () => {
  let directory: string;
  let port: number;
  let served: Served;
  let lab: HostLab | undefined;
  let switchHost: NonNullable<LocalService['host']>;
  let network: Answered<'network'>;
  const instances: LabInstance[] = [];
  const addresses: Address[] = [];

  const start = async (environment: Record<string, string> = {}) => {
    const ours = { SEXTANT_ENGINE_PROGRAMS: join(directory, 'prefix'), ...environment };
    served = await serve(join(directory, 'state'), port, ours, 'outlives');
    await eventually('all is ready', async () => (await fetch(`${served.endpoint}/readyz`)).ok);
  };
  /** By name, whatever runs now. */
  const running = (): Map<string, number> =>
    new Map(
      processesOf(switchHost.rundir)
        .map(({ name, pid }) => [name, pid] as const)
        .sort(),
    );
  const parts = async (): Promise<RunningPart[]> => {
    const status = (await (await fetch(`${served.endpoint}/status`)).json()) as ServiceStatus;
    return status.processes!.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  };
  const namesOf = async (test: (part: RunningPart) => boolean) =>
    (await parts()).filter(test).map(({ name }) => name);

  /** Makes an instance with a port on the network. */
  async function plug(name: string): Promise<void> {
    const attached = await served.client.create('port', { network_id: network.id });
    const instance = await lab!.instance(name);
    const device = await lab!.plug(attached, instance, 'eth0', served.client);
    device.up();
    const address = Address.parse(attached.fixed_ips[0]!.ip_address!);
    device.addAddress(address, 64);
    instances.push(instance);
    addresses.push(address);
  }
  const closeLab = async () => {
    await lab?.close();
    lab = undefined;
  };

  /** Counts what is lost of pings each way while something happens. */
  async function lostWhile(action: (pingers: readonly Pinger[]) => Promise<void>): Promise<number[]> {
    const pingers = await Promise.all([
      Pinger.start(instances[0]!, addresses[1]!),
      Pinger.start(instances[1]!, addresses[0]!),
    ]);
    await action(pingers);
    return Promise.all(pingers.map(async (pinger) => (await pinger.end()).lost));
  }
  const allGetMore = (pingers: readonly Pinger[]) => Promise.all(pingers.map((one) => one.getsMore()));

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sextant-outlive-'));
    port = await freePort();
    copyPrograms(join(directory, 'prefix'));
    await start();
    switchHost = findLocalService(served.endpoint)!.host!;
    lab = new HostLab(switchHost, pino({ level: 'silent' }));
    network = await served.client.create('network', { name: 'n' });
    await served.client.create('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00:1::/64' });
    for (const name of ['one', 'two']) await plug(name);
  });
  after(async () => {
    await closeLab();
    if (served?.process.exitCode === null) await served.stop();
    await sextant(served.endpoint, `stop --state ${directory}/state`);
    await rm(directory, { recursive: true });
  });

  for (const [how, end] of [
    ['SIGTERM', () => served.stop()],
    ['kill -9', () => served.kill()],
  ] as const) {
    it(`loses nothing by ${how} and a start of the service, which adopts all that runs`, async () => {
      const before = running();
      assert.deepEqual([...before.keys()], PARTS);
      const lost = await lostWhile(async (pingers) => {
        await end();
        await allGetMore(pingers);
        assert.deepEqual(running(), before);
        await start();
      });
      assert.deepEqual(lost, [0, 0]);
      assert.deepEqual(running(), before);
      assert.deepEqual(await namesOf(({ adopted, up }) => adopted && up), PARTS);
    });
  }

  /** Kills a part, and waits until the service has brought it back. */
  async function kill(part: string): Promise<void> {
    const pid = running().get(part)!;
    process.kill(pid, 'SIGKILL');
    await eventually(`${part} is back`, async () => {
      const state = (await parts()).find(({ name }) => name === part);
      return state?.up === true && state.pid !== pid;
    });
  }

  it('loses nothing by kill -9 of the host process, which is started again', async () => {
    assert.deepEqual(await lostWhile(() => kill('host')), [0, 0]);
  });

  it('loses nothing by kill -9 of anything but the switch, one after the other', async () => {
    const lost = await lostWhile(async () => {
      for (const part of PARTS) if (part !== 'ovs-vswitchd' && part !== 'host') await kill(part);
    });
    assert.deepEqual(lost, [0, 0]);
  });

  it('goes on after kill -9 of the switch, with the devices that were plugged in', async (t) => {
    const lost = await lostWhile(() => kill('ovs-vswitchd'));
    t.diagnostic(`lost each way, at one in 20 ms: ${lost}`);
  });

  it('has what died meanwhile started by the next start, which adopts the rest', async () => {
    await served.stop();
    process.kill(running().get('ovn-northd')!, 'SIGKILL');
    process.kill(running().get('ovn-controller')!, 'SIGSTOP');
    await start();
    assert.deepEqual(await namesOf(({ adopted }) => !adopted), ['ovn-northd']);
    assert.deepEqual([...running().keys()], PARTS);
    await plug('three');
    const pinger = await Pinger.start(instances[2]!, addresses[0]!);
    assert.equal((await pinger.end()).lost, 0);
  });

  it('loses nothing when settings of the host are others: it alone is started again', async () => {
    const before = running();
    const lost = await lostWhile(async () => {
      await served.stop();
      await start({ SEXTANT_DNS_FORWARDERS: '::1' });
    });
    assert.deepEqual(lost, [0, 0]);
    assert.deepEqual(await namesOf(({ adopted }) => !adopted), ['host']);
    const changed = [...running()].filter(([name, pid]) => pid !== before.get(name));
    assert.deepEqual(
      changed.map(([name]) => name),
      ['host'],
    );
  });

  it('loses nothing when programs of OVN are replaced: those alone are started again', async () => {
    const before = running();
    const lost = await lostWhile(async () => {
      await served.stop();
      for (const program of ['ovsdb-server', 'ovn-northd', 'ovn-controller'])
        replaceProgram(join(directory, 'prefix'), program);
      await start({ SEXTANT_DNS_FORWARDERS: '::1' });
    });
    assert.deepEqual(lost, [0, 0]);
    assert.deepEqual(
      [...running()].filter(([name, pid]) => pid === before.get(name)).map(([name]) => name),
      ['host', 'ovn-view', 'ovs-vswitchd'],
    );
  });

  it('goes on when the switch is replaced, with the devices that were plugged in', async (t) => {
    const lost = await lostWhile(async () => {
      await served.stop();
      replaceProgram(join(directory, 'prefix'), 'ovs-vswitchd');
      await start({ SEXTANT_DNS_FORWARDERS: '::1' });
    });
    t.diagnostic(`lost each way, at one in 20 ms: ${lost}`);
    assert.deepEqual(await namesOf(({ adopted }) => !adopted), ['ovs-vswitchd']);
  });

  it('is left alone by a second service on the state directory, which is refused in one line', async () => {
    const before = running();
    const line = `serve --state ${directory}/state --listen [::1]:0`;
    const { status, err } = await sextant(served.endpoint, line);
    assert.match(err, /^sextant: state directory \S+ is in use by process \d+: .*\n$/);
    assert.equal(status, 1);
    assert.deepEqual(running(), before);
  });

  it('is ended by "sextant stop", with the service or without', async () => {
    await closeLab();
    await served.stop();
    const first = await sextant(served.endpoint, `stop --state ${directory}/state`);
    assert.match(first.out, /^Ended on .*: host, ovn-controller, .*\.\n$/);
    assert.deepEqual([...running()], []);
    assert.ok(!namespaceExists(switchHost.namespace!));
    await start();
    const second = await sextant(served.endpoint, `stop --state ${directory}/state`);
    assert.match(second.out, /^Ended on .*: the service \(process \d+\), host, /);
    assert.deepEqual([...running()], []);
    const third = await sextant(served.endpoint, `stop --state ${directory}/state`);
    assert.deepEqual([third.status, third.out], [0, `Nothing runs on ${directory}/state.\n`]);
  });
});
