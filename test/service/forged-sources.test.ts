/** Routers of one project on a network of another's: what they bring there is not from there. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pino from 'pino';
import { Address, linkLocalAddress, Mac } from '../../src/addressing/index.ts';
import type { Answered, Create } from '../../src/client/index.ts';
import { HostLab } from '../../src/gap/index.ts';
import { type Frame, frame, icmpv6, ipv6 } from '../../src/packets/frame.ts';
import { findLocalService } from '../../src/service/local-services.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, type Served, serve } from '../support/serve.ts';

let directory: string;
let served: Served;
let lab: HostLab;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sextant-sources-'));
  served = await serve(directory, await freePort());
  const { switchDatabase, namespace } = findLocalService(served.endpoint)!.host!;
  lab = new HostLab({ switchDatabase, namespace }, pino({ level: 'silent' }));
});
after(async () => {
  await lab?.close();
  await served?.stop();
  await rm(directory, { recursive: true });
});

const slaac = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' } as const;

async function networkOf(cidr: string) {
  const network = await served.client.create('network', {});
  const subnet = await served.client.create('subnet', {
    network_id: network.id,
    ip_version: 6,
    cidr,
    ...slaac,
  });
  return { network, subnet };
}

async function boot(network: Answered<'network'>, wish: Partial<Create<'port'>>) {
  const port = await served.client.create('port', { network_id: network.id, ...wish });
  const device = await lab.plug(port, await lab.instance('instance'), 'eth0', served.client);
  device.up();
  return { port, device, address: Address.parse(port.fixed_ips[0]!.ip_address!) };
}

test('a router brings nothing to a network that claims to be from there, and all else', async () => {
  const [common, own] = [await networkOf('fd00:1::/64'), await networkOf('fd00:2::/64')];
  const group = await served.client.create('security_group', { name: 'open' });
  await served.client.create('security_group_rule', {
    security_group_id: group.id,
    direction: 'ingress',
    ethertype: 'IPv6',
  });
  const members = { security_groups: [group.id] };
  const victim = await boot(common.network, members);
  const neighbour = await boot(common.network, members);
  const attacker = await boot(own.network, { port_security_enabled: false, security_groups: [] });
  const router = await served.client.create('router', {});
  await served.client.addRouterInterface(router.id, { subnet_id: own.subnet.id });
  const there = await served.client.create('port', { network_id: common.network.id });
  await served.client.addRouterInterface(router.id, { port_id: there.id });
  const [inner] = await served.client.list('port', { device_id: router.id, network_id: own.network.id });
  const capture = victim.device.capture();

  let sequence = 0;
  const send = (source: Address): number => {
    const echo = {
      kind: 'echo-request',
      identifier: 7,
      sequence: ++sequence,
      data: new Uint8Array(8),
    } as const;
    const packet = ipv6(source, victim.address, icmpv6(echo));
    attacker.device.send(frame(attacker.device.mac, Mac.parse(inner!.mac_address), packet));
    return sequence;
  };
  const isEcho =
    (number: number) =>
    ({ network }: Frame): boolean =>
      network.kind === 'ipv6' &&
      network.upper.kind === 'icmpv6' &&
      network.upper.message.kind === 'echo-request' &&
      network.upper.message.sequence === number;
  const arrives = () =>
    eventually('what is from its own network arrives', async () => {
      const number = send(attacker.address);
      return (await capture.waitFor(isEcho(number), 500)) !== undefined;
    });
  await arrives();
  const forged = [neighbour.address, linkLocalAddress(neighbour.device.mac)].map(send);
  await arrives();
  for (const number of forged) assert.deepEqual(capture.received(isEcho(number)), []);
});
