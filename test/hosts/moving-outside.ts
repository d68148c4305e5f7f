/**
 * An instance that outsiders reach on its own host, by a floating IP and by its own address, moves to another host. By its
 * floating IP it is found there though it says nothing itself, for its host announces that; by its own address when it has
 * sent something.
 */
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Address, linkLocalAddress, Mac } from '../../src/addressing/index.ts';
import type { LabHosts } from '../../src/cli/lab-hosts.ts';
import type { Answered } from '../../src/client/index.ts';
import { HostLab } from '../../src/gap/index.ts';
import { type LabInstance, type LabMachine, Pinger, ping } from '../../src/lab/index.ts';
import { eventually } from '../support/eventually.ts';
import { HERE, Moving, THERE } from './moving-instance.ts';
import { bindingOfPort, silent } from './support.ts';

const [OUTSIDE, INSIDE] = ['fd0e:ee::/64', 'fd0e:1::/64'];
const OUTSIDER = Address.parse('fd0e:ee::99');
const INTERVAL_MS = 20;

interface Hosts {
  readonly world: LabHosts;
  readonly machines: readonly LabMachine[];
}

export function describeMovingOutside(hosts: () => Hosts): void {
  describe('an instance with addresses outside that moves from host to host', () => {
    let world: LabHosts;
    const labs: HostLab[] = [];
    let port: Answered<'port'>;
    let moving: Moving;
    let outsider: LabInstance;
    let targets: Readonly<Record<'floating IP' | 'own address', Address>>;

    before(() => {
      world = hosts().world;
      for (const machine of hosts().machines)
        labs.push(new HostLab({ ...world.hostOn(machine), name: undefined }, silent));
    });
    after(async () => {
      for (const lab of labs) await lab.close();
    });

    const placesOf = async (): Promise<string> => {
      const { main, further } = await bindingOfPort(world, port.id);
      return [main, ...further].join();
    };

    /** Has the instance send something from its own address. */
    const says = async (): Promise<void> => {
      const source = targets['own address'];
      const heard = async () => (await ping(moving.instance, OUTSIDER, { source })).received > 0;
      await eventually('it reaches whom it speaks to', heard);
    };

    /** For how long outsiders have no answer as something happens, after which they have one again. */
    const during = async (act: () => Promise<void>): Promise<Record<string, number>> => {
      const pingers = await Promise.all(
        Object.entries(targets).map(
          async ([name, address]) => [name, await Pinger.start(outsider, address, INTERVAL_MS)] as const,
        ),
      );
      for (const [, pinger] of pingers) await pinger.getsMore();
      await act();
      const outages: Record<string, number> = {};
      for (const [name, pinger] of pingers) {
        await pinger.getsMore();
        outages[name] = (await pinger.end()).outageMs;
      }
      return outages;
    };

    it('is reached on its own host', async () => {
      const { client } = world;
      const scope = await client.create('address_scope', { name: 'outside', ip_version: 6 });
      const pool = await client.create('subnetpool', {
        ...{ name: 'outside', prefixes: [OUTSIDE, INSIDE], address_scope_id: scope.id },
      });
      const external = await client.create('network', {
        ...{ name: 'outside', 'router:external': true },
        ...{ 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1' },
      });
      const pooled = { ip_version: 6, subnetpool_id: pool.id } as const;
      await client.create('subnet', { ...pooled, network_id: external.id, cidr: OUTSIDE });
      const network = await client.create('network', { name: 'inside' });
      const subnet = await client.create('subnet', { ...pooled, network_id: network.id, cidr: INSIDE });
      const router = await client.create('router', {
        ...{ external_gateway_info: { network_id: external.id }, distributed_ipv6: true },
      });
      const { port_id } = (await client.act('router', router.id, 'add_router_interface', {
        subnet_id: subnet.id,
      })) as { port_id: string };
      const { mac_address: routerMac } = await client.show('port', port_id);
      const group = await client.create('security_group', { name: 'outside' });
      const rule = { security_group_id: group.id, direction: 'ingress', ethertype: 'IPv6' } as const;
      await client.create('security_group_rule', rule);
      port = await client.create('port', {
        security_groups: [group.id],
        ...{ network_id: network.id, device_owner: 'compute:nova', 'binding:host_id': 'h1' },
        fixed_ips: ['fd0e:1::9', 'fd0e:1::a'].map((ip_address) => ({ ip_address })),
      });
      const [own, fixed] = port.fixed_ips.map(({ ip_address }) => Address.parse(ip_address!)) as [
        Address,
        Address,
      ];
      const floating = await client.create('floatingip', {
        ...{ floating_network_id: external.id, port_id: port.id, fixed_ip_address: `${fixed}` },
      });
      targets = { 'floating IP': Address.parse(floating.floating_ip_address), 'own address': own };

      const instance = await labs[0]!.instance('moving');
      await labs[0]!.plug(port, instance, HERE, client);
      await client.request('POST', `/v2.0/ports/${port.id}/bindings`, { body: { binding: { host: 'h2' } } });
      await labs[1]!.plug(port, instance, THERE, client);
      moving = new Moving(instance, Mac.parse(port.mac_address), own);
      instance.interface('card').addAddress(fixed, 64);
      const hop = `${linkLocalAddress(Mac.parse(routerMac))}`;
      await instance.run('ip', '-6', 'route', 'add', 'default', 'via', hop, 'dev', 'card');

      outsider = await labs[2]!.instance('outsider');
      const outer = { id: randomUUID(), mac: Mac.parse('02:00:00:0e:ee:99'), mtu: external.mtu };
      const device = await labs[2]!.plugOutside(
        ...([
          { ...outer, vlan: external['provider:segmentation_id']! },
          'physnet1',
          outsider,
          'eth0',
        ] as const),
      );
      device.up();
      device.addAddress(OUTSIDER, 64);
      await outsider.run('ip', '-6', 'route', 'add', INSIDE, 'dev', 'eth0');
      for (const [name, address] of Object.entries(targets))
        await eventually(name, async () => (await ping(outsider, address)).received > 0);
      await eventually('OVN has it on both', async () => (await placesOf()) === 'h1,h2');
    });

    it('is found on the other one once its binding is activated there', async (t) => {
      const { client } = world;
      const bindings = `/v2.0/ports/${port.id}/bindings`;
      const outages = await during(async () => {
        moving.move();
        await client.request('PUT', `${bindings}/h2/activate`);
        await eventually('OVN has it there first', async () => (await placesOf()) === 'h2,h1');
        await says();
        await client.request('DELETE', `${bindings}/h1`);
        await eventually('OVN has it there alone', async () => (await placesOf()) === 'h2');
      });
      t.diagnostic(`ms without an answer: ${JSON.stringify(outages)}`);
    });

    it('is found where it is bound to anew', async (t) => {
      const { client } = world;
      const outages = await during(async () => {
        await client.update('port', port.id, { 'binding:host_id': 'h1' });
        moving.moveBack();
        await eventually('OVN has it there', async () => (await placesOf()) === 'h1');
        await says();
      });
      t.diagnostic(`ms without an answer: ${JSON.stringify(outages)}`);
    });
  });
}
