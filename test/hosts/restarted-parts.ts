/**
 * An upgrade in place: each part that runs on the service's machine and on three hosts is ended in turn and started again,
 * while instances talk between hosts, and with somebody outside past a gateway.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Address, Mac } from '../../src/addressing/index.ts';
import type { LabHosts } from '../../src/cli/lab-hosts.ts';
import { controlOf, exitOf } from '../../src/engine/embedded/daemon-names.ts';
import { processesOf } from '../../src/engine/embedded/state-directory.ts';
import { HostLab } from '../../src/gap/index.ts';
import { type LabInstance, type LabMachine, Pinger, ping } from '../../src/lab/index.ts';
import { eventually } from '../support/eventually.ts';
import { northbound, silent } from './support.ts';

const execute = promisify(execFile);

const [OUTSIDE, INSIDE] = ['fd0f:ee::/64', 'fd0f:1::/64'];
const OUTSIDER = Address.parse('fd0f:ee::99');
const INTERVAL_MS = 20;
/** Each after those that it needs. */
const OF_SERVICE = ['northbound', 'southbound', 'ovn-northd'];
const OF_HOSTS = ['host', 'ovn-view', 'ovn-controller'];

/** What a machine that is busy with something else loses once is not lost each time. */
const ROUNDS = 3;

const isLossy = (lost: Readonly<Record<string, number>>): boolean =>
  Object.values(lost).some((count) => count > 0);

interface Hosts {
  readonly world: LabHosts;
  readonly machines: readonly LabMachine[];
}

export function describeRestartedParts(hosts: () => Hosts): void {
  describe('parts that are started again in turn', () => {
    let world: LabHosts;
    let machines: readonly LabMachine[];
    const labs: HostLab[] = [];
    const pingers = new Map<string, Pinger>();

    before(() => {
      ({ world, machines } = hosts());
      for (const machine of machines) labs.push(new HostLab(world.hostOn(machine), silent));
    });
    after(async () => {
      for (const pinger of pingers.values()) await pinger.stop();
      for (const lab of labs) await lab.close();
    });

    const pidOf = (rundir: string, program: string): number | undefined =>
      processesOf(rundir).find(({ name }) => name === program)?.pid;

    /** Ends a part, waits until it is there again and all hosts have what OVN is to have, and says what was lost. */
    async function startedAgain(rundir: string, program: string): Promise<Record<string, number>> {
      const before = pidOf(rundir, program);
      assert.ok(before !== undefined, `${program} does not run`);
      for (const pinger of pingers.values()) pinger.mark();
      // As the service and hosts end what they start again.
      const { forSuccessor: words } = exitOf(program);
      const control = controlOf(rundir, program)(before);
      if (words.length > 0) await execute('ovn-appctl', ['-t', control, ...words]);
      else process.kill(before, 'SIGTERM');
      await eventually(`${program} is there again`, async () => {
        const now = pidOf(rundir, program);
        return now !== undefined && now !== before;
      });
      await eventually('all hosts have followed', () =>
        northbound(world)('--timeout=20', '--wait=hv', 'sync').then(
          () => true,
          () => false,
        ),
      );
      const lost: Record<string, number> = {};
      for (const [way, pinger] of pingers) lost[way] = (await pinger.result()).lost;
      return lost;
    }

    it('has instances that talk', async () => {
      const { client } = world;
      const external = await client.create('network', {
        ...{ name: 'outside', 'router:external': true },
        ...{ 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1' },
      });
      const outer = { ip_version: 6, network_id: external.id, cidr: OUTSIDE } as const;
      await client.create('subnet', { ...outer, gateway_ip: `${OUTSIDER}` });
      const network = await client.create('network', { name: 'inside' });
      const subnet = await client.create('subnet', {
        ...{ ip_version: 6, network_id: network.id, cidr: INSIDE, enable_dhcp: false },
      });
      const router = await client.create('router', { external_gateway_info: { network_id: external.id } });
      await client.act('router', router.id, 'add_router_interface', { subnet_id: subnet.id });
      const place = async (at: number): Promise<[LabInstance, Address]> => {
        const port = await client.create('port', { network_id: network.id });
        const instance = await labs[at]!.instance(`talks-${at}`);
        const device = await labs[at]!.plug(port, instance, 'eth0', client);
        const address = Address.parse(port.fixed_ips[0]!.ip_address!);
        device.up();
        device.addAddress(address, 64);
        await instance.run('ip', '-6', 'route', 'add', 'default', 'via', subnet.gateway_ip!, 'dev', 'eth0');
        return [instance, address];
      };
      const [[one], [, other]] = [await place(0), await place(1)];
      const outsider = await labs[2]!.instance('outsider');
      const plug = { id: randomUUID(), mac: Mac.parse('02:00:00:0f:ee:99'), mtu: external.mtu };
      const vlan = external['provider:segmentation_id']!;
      const device = await labs[2]!.plugOutside({ ...plug, vlan }, 'physnet1', outsider, 'eth0');
      device.up();
      device.addAddress(OUTSIDER, 64);
      const { upstream_routes: routes } = await client.show('router', router.id);
      for (const { destination, nexthop } of routes)
        await outsider.run('ip', '-6', 'route', 'add', destination, 'via', nexthop, 'dev', 'eth0');
      for (const [way, to] of [
        ['between hosts', other],
        ['past the gateway', OUTSIDER],
      ] as const) {
        await eventually(way, async () => (await ping(one, to)).received > 0);
        pingers.set(way, await Pinger.start(one, to, INTERVAL_MS));
      }
    });

    it('loses no packet', async (t) => {
      const all: Record<string, Record<string, number>> = {};
      const service = dirname(world.service.northbound.replace('unix:', ''));
      const parts = [
        ...OF_SERVICE.map((program) => [program, service, program] as const),
        ...machines.flatMap((machine) =>
          OF_HOSTS.map(
            (program) => [`${program} on ${machine.name}`, world.rundirOf(machine), program] as const,
          ),
        ),
      ];
      for (const [name, rundir, program] of parts)
        for (let round = 0; round < ROUNDS && (round === 0 || isLossy(all[name]!)); round++)
          all[name] = await startedAgain(rundir, program);
      t.diagnostic(`lost of requests every ${INTERVAL_MS} ms: ${JSON.stringify(all)}`);
      const losses = Object.entries(all).filter(([, lost]) => isLossy(lost));
      assert.deepEqual(losses, []);
    });
  });
}
