/** Three machines that join a service over an underlay of IPv6 alone, and what goes between them. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Address } from '../../src/addressing/index.ts';
import type { Answered } from '../../src/client/index.ts';
import { HostLab } from '../../src/gap/index.ts';
import {
  type InstanceInterface,
  type LabInstance,
  type LabMachine,
  ping,
  TcpEcho,
  tcpProbe,
} from '../../src/lab/index.ts';
import { eventually } from '../support/eventually.ts';
import { type HostsWorld, joinAs, labHostOf, makeToken, openWorld, silent } from './support.ts';

const GENEVE_PORT = 6081;

interface Placed {
  readonly instance: LabInstance;
  readonly device: InstanceInterface;
  readonly port: Answered<'port'>;
  readonly address: Address;
}

describe('three hosts on an underlay of IPv6 alone', () => {
  let world: HostsWorld;
  let machines: LabMachine[];
  const labs: HostLab[] = [];

  before(async () => {
    world = await openWorld();
    machines = ['h1', 'h2', 'h3'].map((name) => world.fabric.machine(name));
    const token = await makeToken(world, { uses: 3 });
    await Promise.all(machines.map((machine) => joinAs(world, machine, token)));
    for (const machine of machines) labs.push(new HostLab(labHostOf(world, machine), silent));
  });
  after(async () => {
    for (const lab of labs) await lab.close();
    await world?.[Symbol.asyncDispose]();
  });

  async function place(at: number, networkId: string, wish: object = {}): Promise<Placed> {
    const port = await world.client.create('port', { network_id: networkId, ...wish });
    const lab = labs[at]!;
    const instance = await lab.instance(`vm${at}`);
    const device = await lab.plug(port, instance, 'eth0', world.client);
    const address = Address.parse(port.fixed_ips[0]!.ip_address!);
    device.up();
    device.addAddress(address, 64);
    return { instance, device, port, address };
  }

  async function makeNetwork(cidr: string): Promise<string> {
    const network = await world.client.create('network', { name: cidr });
    await world.client.create('subnet', { network_id: network.id, ip_version: 6, cidr });
    return network.id;
  }

  const reaches = (from: Placed, to: Placed) => async () =>
    (await ping(from.instance, to.address, { device: 'eth0' })).received > 0;

  it('lists them with their certificates, and who has heard of them', async () => {
    await eventually('all have been heard of', async () => {
      const hosts = await world.client.list('agent', {});
      return machines.every(({ name, address }) =>
        hosts.some(
          ({ host, alive, configurations, certificate_expires_at: end }) =>
            host === name &&
            alive &&
            end !== null &&
            configurations.encapsulation_address === String(address),
        ),
      );
    });
  });

  it('carries what goes between hosts in Geneve over IPv6, and nothing of it bare', async () => {
    const network = await makeNetwork('fd00:1::/64');
    const capture = world.fabric.capture(machines[0]!);
    const [one, two] = [await place(0, network), await place(1, network)];
    await eventually('they reach each other', reaches(one, two));
    await capture.settle();
    const packets = capture.observations.map(({ frame }) => frame.network);
    const tunnelled = packets.filter(
      (packet) =>
        packet.kind === 'ipv6' &&
        packet.upper.kind === 'udp' &&
        packet.upper.datagram.destinationPort === GENEVE_PORT,
    );
    const ends = new Set(tunnelled.map((packet) => packet.kind === 'ipv6' && String(packet.source)));
    assert.deepEqual(
      [...ends].sort(),
      [machines[0]!, machines[1]!].map(({ address }) => String(address)),
    );
    assert.ok(!packets.some((packet) => packet.kind === 'ipv6' && packet.source.equals(one.address)));
    assert.ok(!packets.some((packet) => packet.kind === 'ipv4' || packet.kind === 'arp'));
    await capture.stop();
  });

  it('carries TCP in full segments', async () => {
    const network = await makeNetwork('fd00:2::/64');
    const [one, two] = [await place(0, network), await place(2, network)];
    await eventually('they reach each other', reaches(one, two));
    await TcpEcho.start(two.instance, 7);
    const probe = await tcpProbe(one.instance, two.address, 7, { octets: 500_000, patienceMs: 20_000 });
    assert.equal(probe.outcome, 'connected');
  });
});
