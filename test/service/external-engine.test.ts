/** A service on an OVN deployment that it did not start, and `sextant host` on its host, as an operator runs them. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pino from 'pino';
import { Address, linkLocalAddress, Mac } from '../../src/addressing/index.ts';
import { NeutronClient } from '../../src/client/index.ts';
import { HostLab } from '../../src/gap/index.ts';
import { type LabInstance, SwitchConnection } from '../../src/lab/index.ts';
import { ping } from '../../src/lab/probes/ping.ts';
import { deleteNamespace } from '../../src/linux/namespace.ts';
import { loadConfiguration } from '../../src/service/configuration.ts';
import { openService, type Service } from '../../src/service/service.ts';
import { eventually } from '../support/eventually.ts';
import { PlainOvn } from '../support/plain-ovn.ts';

const command = fileURLToPath(new URL('../../bin/sextant', import.meta.url));
const log = pino({ level: 'silent' });

describe('a service with an external engine', () => {
  let directory: string;
  let deployment: PlainOvn;
  let service: Service;
  let startHost: () => ChildProcess;
  let host: ChildProcess;
  let lab: HostLab;
  let client: NeutronClient;
  const serviceNamespace = `sxt-test-${process.pid}-services`;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sextant-external-'));
    deployment = await PlainOvn.start();
    const { northbound, southbound, switchDatabase, rundir, namespace } = deployment;
    const hostSocket = join(directory, 'host.sock');
    const environment = {
      SEXTANT_ENGINE_MODE: 'external',
      SEXTANT_ENGINE_NORTHBOUND: northbound,
      SEXTANT_HOST_SOCKET: hostSocket,
    };
    const configuration = loadConfiguration(
      { state: join(directory, 'state'), listen: '[::1]:0' },
      environment,
    );
    service = await openService(configuration, log);
    client = NeutronClient.at(service.endpoint);
    startHost = () =>
      spawn(
        command,
        [
          ...['host', '--switch-database', switchDatabase, '--switch-rundir', rundir],
          ...['--switch-namespace', namespace, '--southbound', southbound],
          ...['--service-namespace', serviceNamespace, '--server', hostSocket, '--log-level', 'warn'],
        ],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
    host = startHost();
    lab = new HostLab({ switchDatabase, namespace }, log);
  });
  after(async () => {
    await lab?.close();
    if (host?.exitCode === null && host.signalCode === null) await endHost('SIGTERM');
    await service?.stop();
    await deployment?.[Symbol.asyncDispose]();
    deleteNamespace(serviceNamespace);
    await rm(directory, { recursive: true });
  });

  /** @returns its exit status */
  async function endHost(signal: NodeJS.Signals): Promise<number | null> {
    const ended = once(host, 'exit');
    host.kill(signal);
    return (await ended)[0];
  }

  it('has its instances guarded and served by the host', async () => {
    assert.equal(service.host, undefined);
    const network = await client.create('network', { name: 'n' });
    await client.create('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00:1::/64' });
    const port = await client.create('port', { network_id: network.id });
    const instance = await lab.instance('one');
    await lab.plug(port, instance, 'eth0', client);
    instance.interface('eth0').up();
    const target = Address.parse('fe80::a9fe:a9fe');
    await eventually('the service address answers', async () => {
      return (await ping(instance, target, { device: 'eth0' })).received === 1;
    });
  });

  it('has nothing pass for a device that is plugged in past the guard, and says so', async (t) => {
    const network = await client.create('network', { name: 'past' });
    await client.create('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00:9::/64' });
    const group = await client.create('security_group', { name: 'open' });
    await client.create('security_group_rule', {
      ...{ security_group_id: group.id, direction: 'ingress', ethertype: 'IPv6' },
    });
    const make = () => client.create('port', { network_id: network.id, security_groups: [group.id] });
    const [rightly, wrongly] = [await make(), await make()];
    const peer = await lab.instance('peer');
    (await lab.plug(rightly, peer, 'eth0', client)).up();

    // As a VIM plugs it in that takes the bridge for Neutron's.
    const instance = await lab.instance('past');
    const plain = await SwitchConnection.open(
      { database: deployment.switchDatabase, bridge: 'br-int', namespace: deployment.namespace },
      log,
    );
    t.after(() => plain.close());
    const { id, mac_address: mac } = wrongly;
    const pluggable = { id, mac: Mac.parse(mac), mtu: network.mtu };
    await plain.plug(pluggable, instance.namespace, 'eth0');
    await eventually('its owner is told', async () =>
      /past the guard/.test(String((await client.show('port', id)).status_reason)),
    );
    await deployment.nbctl('--wait=hv', 'sync');
    instance.interface('eth0').up();
    const target = linkLocalAddress(Mac.parse(rightly.mac_address));
    const ask = async (from: LabInstance, count: number) =>
      (await ping(from, target, { device: 'eth0', count })).received;
    assert.equal(await ask(instance, 3), 0);

    // The same, as whoever has root there may have it: so the wire is a good one.
    await plain.unplug(id);
    const unguarded = await lab.instance('unguarded');
    (await lab.plug(wrongly, unguarded, 'eth0', client, 'past the guard')).up();
    await eventually('it is heard', async () => (await ask(unguarded, 1)) === 1);
    assert.equal((await client.show('port', id)).status_reason, null);
  });

  it('leaves the deployment as it is when the host stops', async () => {
    assert.equal(await endHost('SIGTERM'), 0);
    assert.equal((await client.list('port'))[0]?.status, 'ACTIVE');
  });

  it('has instances forget routers that left while the host was dead, and then the service', async () => {
    if (host.exitCode !== null) host = startHost();
    const network = await client.create('network', { name: 'left' });
    const routers: string[] = [];
    const modes = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' } as const;
    const port = await client.create('port', { network_id: network.id });
    for (const cidr of ['fd00:2::/64', 'fd00:3::/64']) {
      const subnet = await client.create('subnet', {
        network_id: network.id,
        ip_version: 6,
        cidr,
        ...modes,
        // By the one OVN advertises, by the other the host.
        ...(cidr === 'fd00:3::/64' && { ra_router_preference: 'high' }),
      });
      const router = await client.create('router', {});
      await client.addRouterInterface(router.id, { subnet_id: subnet.id });
      const [its] = await client.list('port', { device_id: router.id });
      routers.push(its!.id);
    }
    const device = await lab.plug(port, await lab.instance('left'), 'eth0', client);
    device.up();
    const gateways = () =>
      device.routes().filter(({ destination, origin }) => destination.length === 0 && origin === 'ra').length;
    await eventually('both routers are known', () => gateways() === 2);

    await endHost('SIGKILL');
    const leave = async (id: string) => {
      const { device_id } = await client.show('port', id);
      await client.removeRouterInterface(device_id, { port_id: id });
      const told = ['--bare', '--columns=_uuid', 'find', 'Port_Binding', `logical_port=${id}`];
      const sbctl = promisify(execFile);
      await eventually('hosts could know', async () => {
        const { stdout } = await sbctl('ovn-sbctl', [`--db=${deployment.southbound}`, ...told]);
        return stdout.trim() === '';
      });
    };
    await leave(routers[0]!);
    host = startHost();
    await eventually('the first is gone', () => gateways() === 1);

    await endHost('SIGKILL');
    await leave(routers[1]!);
    await service.stop();
    host = startHost();
    await eventually('the second is gone', () => gateways() === 0);
  });
});
