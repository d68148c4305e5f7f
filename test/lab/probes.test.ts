import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Address, linkLocalAddress, Mac } from '../../src/addressing/index.ts';
import type { LabInstance } from '../../src/lab/instance/instance.ts';
import { Lab } from '../../src/lab/lab.ts';
import { ping } from '../../src/lab/probes/ping.ts';
import { TcpEcho, tcpProbe } from '../../src/lab/probes/tcp.ts';
import { UdpEcho, udpProbe } from '../../src/lab/probes/udp.ts';

const macs = { a: Mac.parse('fa:16:3e:00:00:01'), b: Mac.parse('fa:16:3e:00:00:02') };
const lab = Lab.open();
let a: LabInstance;
let b: LabInstance;
const of = (host: number): Address[] => [Address.parse(`fd00::${host}`), Address.parse(`10.0.0.${host}`)];
const nobody = of(9);

before(async () => {
  [a, b] = await Promise.all([lab.instance('a'), lab.instance('b')]);
  const ends = a.connect('eth0', macs.a, { instance: b, device: 'eth0', mac: macs.b });
  for (const end of ends) end.up();
  for (const [index, end] of ends.entries()) {
    const [v6, v4] = of(index + 1);
    end.addAddress(v6!, 64);
    end.addAddress(v4!, 24);
    assert(await end.has(linkLocalAddress(end.mac), 5_000));
  }
});

after(() => lab.close());

test('ping: answers of both families, by size, and none from nobody', async () => {
  for (const target of of(2)) {
    const result = await ping(a, target, { count: 3, intervalMs: 10, packetSize: 1400 });
    assert.deepEqual([result.sent, result.received, result.roundTrips.length], [3, 3, 3]);
  }
  for (const target of nobody) assert.equal((await ping(a, target, { patienceMs: 200 })).received, 0);
});

test('ping: a link-local target, by its device', async () => {
  assert.equal((await ping(a, linkLocalAddress(macs.b), { device: 'eth0' })).received, 1);
});

test('ping: a packet that does not fit the link is not sent', async () => {
  const result = await ping(a, of(2)[0]!, { packetSize: 1501, unfragmented: true });
  assert.deepEqual([result.received, result.errors], [0, ['message too long, mtu: 1500']]);
});

test('TCP: echoed, with the source that the server sees', async () => {
  const server = await TcpEcho.start(b, 7000);
  for (const [index, target] of of(2).entries()) {
    const outcome = await tcpProbe(a, target, 7000, { octets: 100_000 });
    assert.equal(outcome.outcome === 'connected' && String(outcome.source), String(of(1)[index]));
  }
  assert.deepEqual(server.clients.map(String), of(1).map(String));
  server.stop();
});

test('TCP: refused where nobody listens, silence where nobody is', async () => {
  assert.deepEqual(await tcpProbe(a, of(2)[0]!, 7001), { outcome: 'refused', code: 'ECONNREFUSED' });
  assert.deepEqual(await tcpProbe(a, nobody[0]!, 7001, { patienceMs: 100 }), { outcome: 'silence' });
});

test('UDP: echoed, with the source that the server sees, and silence', async () => {
  const server = UdpEcho.start(b, 7000);
  for (const target of of(2)) assert.equal(await udpProbe(a, target, 7000), true);
  assert.deepEqual(server.clients.map(String), of(1).map(String));
  server.stop();
  assert.equal(await udpProbe(a, of(2)[0]!, 7000, { patienceMs: 100 }), false);
});

test('a source can be chosen', async () => {
  const source = Address.parse('fd00::11');
  a.interface('eth0').addAddress(source, 64);
  const [tcp, udp] = [await TcpEcho.start(b, 7002), UdpEcho.start(b, 7002)];
  await tcpProbe(a, of(2)[0]!, 7002, { source });
  await udpProbe(a, of(2)[0]!, 7002, { source });
  assert.deepEqual([...tcp.clients, ...udp.clients].map(String), ['fd00::11', 'fd00::11']);
  assert.equal((await ping(a, of(2)[0]!, { source })).received, 1);
});

test('servers of different instances have the same port, each its own', async () => {
  await Promise.all([TcpEcho.start(a, 7003), TcpEcho.start(b, 7003)]);
  assert.equal((await tcpProbe(a, Address.parse('::1'), 7003)).outcome, 'connected');
  assert.equal((await tcpProbe(b, Address.parse('::1'), 7003)).outcome, 'connected');
});
