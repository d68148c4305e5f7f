/** An instance with hardware of its own on the cable of three hosts, which serve it in turn. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Address, Mac, SERVICE_LINK_LOCAL } from '../../src/addressing/index.ts';
import { LabHosts } from '../../src/cli/lab-hosts.ts';
import type { Answered } from '../../src/client/index.ts';
import { HostLab } from '../../src/gap/index.ts';
import {
  DhcpClient,
  httpProbe,
  type InstanceInterface,
  Lab,
  type LabMachine,
  ping,
} from '../../src/lab/index.ts';
import { eventually } from '../support/eventually.ts';
import { bindingOfPort, silent } from './support.ts';

const slaac = { ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' } as const;

describe('hardware on the cable of three hosts', () => {
  let world: LabHosts;
  let machines: readonly LabMachine[];
  let port: Answered<'port'>;
  let device: InstanceInterface;
  /** An instance behind the router on each host. */
  const inner: { readonly device: InstanceInterface; readonly address: Address }[] = [];
  const ended = new AsyncDisposableStack();

  before(async () => {
    world = ended.use(await LabHosts.open(silent));
    const { client } = world;
    machines = await world.join(['h1', 'h2', 'h3']);
    const flat = await client.create('network', {
      'provider:network_type': 'flat',
      'provider:physical_network': 'physnet1',
    });
    const overlay = await client.create('network', {});
    const router = await client.create('router', {});
    for (const [network_id, cidr] of [
      [flat.id, 'fd00:16::/64'],
      [overlay.id, 'fd00:17::/64'],
    ] as const) {
      const { id } = await client.create('subnet', { network_id, cidr, ...slaac });
      await client.addRouterInterface(router.id, { subnet_id: id });
    }
    await client.create('subnet', { network_id: flat.id, ip_version: 4, cidr: '10.16.0.0/24' });
    const group = await client.create('security_group', {});
    await client.create('security_group_rule', {
      security_group_id: group.id,
      direction: 'ingress',
      ethertype: 'IPv6',
    });
    for (const machine of machines) {
      const lab = ended.use(new HostLab(world.hostOn(machine), silent));
      const made = await client.create('port', { network_id: overlay.id, security_groups: [group.id] });
      const plugged = await lab.plug(made, await lab.instance(machine.name), 'eth0', client);
      plugged.up();
      inner.push({ device: plugged, address: Address.parse(made.fixed_ips[0]!.ip_address!) });
    }
    port = await client.create('port', { network_id: flat.id, 'binding:vnic_type': 'direct' });
    const instance = await ended.use(Lab.open()).instance('hardware');
    device = world.fabric.plugIn(instance, 'eth0', Mac.parse(port.mac_address));
    await eventually(
      'OVN has it served',
      async () => (await client.show('port', port.id)).status === 'ACTIVE',
    );
    device.up();
  });
  after(() => ended.disposeAsync());

  const servedBy = async () => (await bindingOfPort(world, port.id)).main;
  const machineOf = (name: string) => machines.find((machine) => machine.name === name)!;
  /** Waits until another host serves it. */
  async function nextAfter(before: string): Promise<string> {
    await eventually('another has it', async () => ![before, ''].includes(await servedBy()));
    return servedBy();
  }
  const idOf = async () => {
    const outcome = await httpProbe(device.instance, {
      to: SERVICE_LINK_LOCAL,
      device: 'eth0',
      path: '/latest/meta-data/instance-id',
    });
    return outcome.outcome === 'answered' ? outcome.body : outcome.outcome;
  };
  const addressOf = (family: 4 | 6) =>
    port.fixed_ips
      .map(({ ip_address }) => Address.parse(ip_address!))
      .find((address) => address.family === family)!;

  /** All that it is to be told and given, from whoever serves it now. */
  async function isServed(who: string): Promise<void> {
    device.down();
    device.up();
    await eventually(`${who}: an address by SLAAC`, () =>
      device.usable(6).some((one) => one.equals(addressOf(6))),
    );
    await eventually(`${who}: metadata`, async () => (await idOf()) === port.id);
    const client = await DhcpClient.dhclient(device, 'ipv4');
    await eventually(`${who}: an address by DHCPv4`, () => device.usable(4).length > 0);
    await client.stop();
    await device.instance.run('ip', '-4', 'address', 'flush', 'dev', 'eth0');
    for (const { device: there, address } of inner) {
      const [from, to] = [device.instance, there.instance];
      await eventually(`${who}: what is behind the router on ${to.name}`, async () => {
        return (await ping(from, address, { device: 'eth0' })).received > 0;
      });
      await eventually(`${who}: from behind the router on ${to.name}`, async () => {
        return (await ping(to, addressOf(6), { device: 'eth0' })).received > 0;
      });
    }
  }

  it('has one host serve it with all that other instances have, routers too', async () => {
    await isServed(await servedBy());
  });

  it('is served by another once its host is drained, and goes on to be', async () => {
    const before = await servedBy();
    const [host] = await world.client.list('agent', { host: before });
    await world.client.update('agent', host!.id, { admin_state_up: false });
    const next = await nextAfter(before);
    await isServed(next);
    await world.client.update('agent', host!.id, { admin_state_up: true });
    assert.equal(await servedBy(), next);
  });

  it('is served by another once its host is dead, before the service has noticed', async () => {
    const before = await servedBy();
    const dead = machineOf(before);
    for (const cable of ['trunk', 'underlay'] as const) world.fabric.cut(dead, cable);
    try {
      const next = await nextAfter(before);
      inner.splice(machines.indexOf(dead), 1);
      await isServed(next);
    } finally {
      for (const cable of ['trunk', 'underlay'] as const) world.fabric.mend(dead, cable);
    }
  });
});
