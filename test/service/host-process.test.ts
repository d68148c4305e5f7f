/** The host process that the service starts, with real instances: what it serves, and what its death does. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pino from 'pino';
import { Address, linkLocalAddress, Mac } from '../../src/addressing/index.ts';
import type { Answered } from '../../src/client/index.ts';
import { HostLab } from '../../src/gap/index.ts';
import { isAdvertisement } from '../../src/gap/kit/index.ts';
import { serviceDevice } from '../../src/host/services/service-namespace.ts';
import { serviceMac } from '../../src/host-contract/service-port.ts';
import type { InstanceInterface, LabInstance } from '../../src/lab/instance/instance.ts';
import { ping } from '../../src/lab/probes/ping.ts';
import { routerAdvertisement } from '../../src/lab/upstream/router-advertiser.ts';
import { listLinks } from '../../src/linux/link.ts';
import { NetlinkSocket } from '../../src/linux/netlink.ts';
import { type Frame, frame, ipv6, tcpSyn } from '../../src/packets/frame.ts';
import { findLocalService } from '../../src/service/local-services.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, processesWith, type Served, serve } from '../support/serve.ts';

const service = Address.parse('fe80::a9fe:a9fe');

describe('the host process', () => {
  let directory: string;
  let served: Served;
  let lab: HostLab;
  let network: Answered<'network'>;
  let ports: Answered<'port'>[];
  let instances: LabInstance[];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sextant-host-'));
    served = await serve(directory, await freePort());
    const { switchDatabase, namespace } = findLocalService(served.endpoint)!.host!;
    lab = new HostLab({ switchDatabase, namespace }, pino({ level: 'silent' }));
    network = await served.client.create('network', { name: 'n' });
    const subnet = { network_id: network.id, ip_version: 6, cidr: 'fd00:1::/64' } as const;
    await served.client.create('subnet', { ...subnet, ipv6_address_mode: 'slaac' });
    ports = [];
    instances = [];
    for (const name of ['one', 'two']) {
      const port = await served.client.create('port', { network_id: network.id });
      const instance = await lab.instance(name);
      await lab.plug(port, instance, 'eth0', served.client);
      instance.interface('eth0').up();
      ports.push(port);
      instances.push(instance);
    }
  });
  after(async () => {
    await lab?.close();
    await served?.stop();
    await rm(directory, { recursive: true });
  });

  const hostProcesses = () => processesWith('cli/main.ts host', directoryOfEngine());
  const directoryOfEngine = () => findLocalService(served.endpoint)!.host!.rundir;

  /** Devices of services on this host. */
  function devices(): string[] {
    using socket = new NetlinkSocket(`${findLocalService(served.endpoint)!.host!.namespace}-services`);
    return listLinks(socket)
      .map(({ name }) => name)
      .filter((name) => name.startsWith('svc'));
  }

  const reaches = async (target: Address, from = instances[0]!, count = 1) =>
    (await ping(from, target, { count, device: 'eth0' })).received;

  it('answers instances at the service address of their network', async () => {
    await eventually('the service address answers', async () => (await reaches(service)) === 1);
    const neighbour = instances[0]!.neighbours().find(({ address }) => address.equals(service));
    assert.ok(neighbour?.mac?.equals(serviceMac(network.id)), String(neighbour?.mac));
  });

  it('may be killed: instances go on, and a successor serves them again', async () => {
    const [first, ...others] = await hostProcesses();
    assert.deepEqual(others, []);
    const second = linkLocalAddress(Mac.parse(ports[1]!.mac_address));
    await eventually('one reaches two', async () => (await reaches(second)) === 1);
    const capture = instances[1]!.interface('eth0').capture();
    const attacker = instances[0]!.interface('eth0');
    process.kill(first!, 'SIGKILL');
    for (let round = 0; round < 5; round++) {
      attacker.send(routerAdvertisement(attacker, { routerLifetime: 1800 }));
      assert.equal(await reaches(second, instances[0], 4), 4);
    }
    await capture.settle();
    assert.equal(capture.received(isAdvertisement).length, 0, 'the guard holds');
    await eventually('there is another', async () => {
      const [now] = await hostProcesses();
      return now !== undefined && now !== first;
    });
    await eventually('the service address answers', async () => (await reaches(service)) === 1);
    assert.deepEqual(devices(), [serviceDevice(network.id)]);
  });

  it('has a switch that outlives an instance which asks for the same closed port over and over', async () => {
    const switchPid = () => readFileSync(join(directoryOfEngine(), 'ovs-vswitchd.pid'), 'utf8');
    const before = switchPid();
    const [from, to] = instances.map((instance) => instance.interface('eth0')) as [
      InstanceInterface,
      InstanceInterface,
    ];
    const packet = ipv6(linkLocalAddress(from.mac), linkLocalAddress(to.mac), tcpSyn(50_000, 9));
    const capture = from.capture();
    const isAnswer = ({ network }: Frame) => network.kind === 'ipv6' && network.upper.kind === 'tcp';
    for (let answers = 1; answers <= 10; answers++) {
      await eventually(`answer ${answers}`, async () => {
        from.send(frame(from.mac, to.mac, packet));
        return capture.received(isAnswer).length >= answers;
      });
    }
    assert.equal(switchPid(), before);
  });

  it('takes a network’s device away with the last instance', async () => {
    assert.deepEqual(devices(), [serviceDevice(network.id)]);
    await lab.unplug(ports[0]!.id);
    await eventually(
      'one is unplugged',
      async () => (await served.client.show('port', ports[0]!.id)).status === 'DOWN',
    );
    assert.deepEqual(devices(), [serviceDevice(network.id)]);
    await lab.unplug(ports[1]!.id);
    await eventually('the device is gone', () => devices().length === 0);
  });

  it('has a MAC address of its own on every network', () => {
    assert.ok(!serviceMac('a').equals(serviceMac('b')));
    assert.ok(Mac.parse(serviceMac('a').toString()).isLocal);
  });
});
