/** Wires: an instance whose device is really another's, beyond TCP; with the far end that servers run, as a process. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Address, linkLocalAddress, Mac } from '../../src/addressing/index.ts';
import {
  connectTcp,
  type FarEnd,
  farEndAnswers,
  farEndProgram,
  type InstanceInterface,
  Lab,
  type LabInstance,
  ping,
  TcpEcho,
  tcpProbe,
  UdpEcho,
  udpProbe,
  Wire,
  WireError,
} from '../../src/lab/index.ts';
import { ETHER_TYPE, encodeFrame, frame, ipv6, udp } from '../../src/packets/index.ts';
import { eventually } from '../support/eventually.ts';

const macs = { own: Mac.parse('fa:16:3e:00:00:01'), other: Mac.parse('fa:16:3e:00:00:02') };
const addresses = { own: Address.parse('fd00::1'), other: Address.parse('fd00::2') };
const ipv4 = { own: Address.parse('10.0.0.1'), other: Address.parse('10.0.0.2') };
const MTU = 1400;
const secret = '5e'.repeat(32);
const lab = Lab.open();
let room: LabInstance;
let server: LabInstance;
let instance: LabInstance;
let other: InstanceInterface;
let eth0: InstanceInterface;
let wire: Wire;
let far: FarEnd;

/** Between server and other is the network: what the server's device gets there is for the instance. */
before(async () => {
  const neighbour = await lab.instance('neighbour');
  [room, server, instance] = await Promise.all([
    lab.instance('room'),
    lab.instance('server'),
    lab.instance('instance'),
  ]);
  const ends = server.connect('nic', macs.own, { instance: neighbour, device: 'eth0', mac: macs.other });
  other = ends[1];
  await neighbour.run('ip', 'link', 'set', 'eth0', 'mtu', String(MTU));
  other.up();
  const port = 7699;
  far = { where: 'the server', secret, connect: () => connectTcp(server, Address.parse('::1'), port) };
  server.writeFile('/run/far-end.py', farEndProgram({ port, secret }));
  await server.run('python3', '/run/far-end.py');
  await eventually('the far end answers', () => farEndAnswers(far));
  wire = await Wire.lay(far, { instance, device: 'eth0', mac: macs.own, mtu: MTU, room }, 'wire1');
  eth0 = instance.interface('eth0');
});

after(async () => {
  await wire?.close();
  await lab.close();
});

test('the device has the MAC address and MTU, is down, and the server says nothing for it', async () => {
  assert.equal(String(eth0.mac), String(macs.own));
  assert.match(await instance.run('ip', 'link', 'show', 'eth0'), /mtu 1400 .*state DOWN/s);
  assert.doesNotMatch(await server.run('ip', 'link'), /nic/);
  const capture = other.capture();
  // An ARP request, a solicitation and an echo request to all that hear them: nobody is there yet.
  await ping(other.instance, linkLocalAddress(macs.own), { device: 'eth0', patienceMs: 300 });
  other.addAddress(ipv4.other, 24);
  await ping(other.instance, ipv4.own, { patienceMs: 300 });
  await capture.settle();
  assert.deepEqual(capture.received(), []);
  await capture.stop();
});

test('ping, TCP and UDP pass both ways, in whole packets however the other side sends them', async () => {
  eth0.up();
  eth0.addAddress(addresses.own, 64);
  other.addAddress(addresses.other, 64);
  eth0.addAddress(ipv4.own, 24);
  const [own, neighbour] = [instance, other.instance];
  const [tcp, udpEcho] = [await TcpEcho.start(neighbour, 7000), UdpEcho.start(neighbour, 7000)];
  await TcpEcho.start(own, 7000);
  for (const to of [addresses.other, ipv4.other]) {
    assert.equal((await ping(own, to, { count: 3, packetSize: MTU })).received, 3);
    // The neighbour's kernel leaves checksums, and cutting into packets, to its device.
    const result = await tcpProbe(own, to, 7000, { octets: 300_000, patienceMs: 20_000 });
    assert.equal(result.outcome, 'connected');
    assert.equal(await udpProbe(own, to, 7000, { octets: 1000 }), true);
  }
  for (const to of [addresses.own, ipv4.own]) {
    const result = await tcpProbe(neighbour, to, 7000, { octets: 300_000, patienceMs: 20_000 });
    assert.equal(result.outcome, 'connected');
  }
  assert.equal(tcp.clients.length, 2);
  assert.deepEqual(udpEcho.clients.map(String), [addresses.own, ipv4.own].map(String));
});

test('frames arrive to the last octet, whomever they are for, with their VLAN tag', async () => {
  const stranger = Mac.parse('02:00:00:00:00:99');
  const packet = ipv6(addresses.own, addresses.other, udp(1, 2, new Uint8Array(40)));
  const tag = { protocol: ETHER_TYPE.vlan, priority: 5, dropEligible: false, id: 7 } as const;
  const untagged = frame(stranger, Mac.parse('02:00:00:00:00:98'), packet);
  for (const sent of [untagged, { ...untagged, vlans: [tag] }]) {
    for (const [from, to] of [[eth0, other] as const, [other, eth0] as const]) {
      const capture = to.capture();
      from.send(sent);
      await eventually('the frame is there as it was sent', () =>
        capture.received().some(({ octets }) => Buffer.compare(octets, encodeFrame(sent)) === 0),
      );
      await capture.stop();
    }
  }
});

test('a second device that comes under the name of the first is another one', async () => {
  const mac = Mac.parse('fa:16:3e:00:00:03');
  const neighbour = await lab.instance('second');
  const [, end] = server.connect('nic', mac, {
    instance: neighbour,
    device: 'eth0',
    mac: Mac.parse('fa:16:3e:00:00:04'),
  });
  end.up();
  await using second = new AsyncDisposableStack();
  const other = await Wire.lay(far, { instance, device: 'eth1', mac, mtu: MTU, room }, 'wire2');
  second.defer(() => other.close());
  instance.interface('eth1').up();
  assert.ok(await end.has(linkLocalAddress(end.mac), 10_000));
  const result = await ping(neighbour, linkLocalAddress(mac), {
    device: 'eth0',
    count: 3,
    patienceMs: 5_000,
  });
  assert.ok(result.received > 0);
});

test('who does not know the secret gets no device', async () => {
  const ends = { instance, device: 'eth2', mac: macs.own, mtu: MTU, room };
  await assert.rejects(Wire.lay({ ...far, secret: '00'.repeat(32) }, ends, 'wire3'), WireError);
  assert.doesNotMatch(await instance.run('ip', 'link'), /eth2/);
});

test('a wire whose far end goes is known to be broken', async () => {
  assert.equal(wire.isBroken, false);
  await lab.remove(server);
  await eventually('the wire is broken', () => wire.isBroken);
});
