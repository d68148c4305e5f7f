import { createSocket } from 'node:dgram';
import net from 'node:net';
import { execSync, spawn } from 'node:child_process';
import { openTcp, openUdp } from '../src/host/services/service-socket.ts';
import { Address } from '../src/addressing/index.ts';
const sh = (c: string) => execSync(c, { stdio: 'inherit' });
sh('ip netns add tst-a; ip netns add tst-b; ip link add svcx index 700 netns tst-a type veth peer name eth0 netns tst-b; ip -n tst-a link set svcx up; ip -n tst-b link set eth0 up; ip -n tst-a addr add fe80::a9fe:a9fe/64 dev svcx nodad; ip -n tst-b addr add fe80::1/64 dev eth0 nodad');
try {
  process.on('uncaughtException', (e) => console.log('uncaught', e));
  const where = { namespace: 'tst-a', device: 'svcx' };
  const u = createSocket('udp6');
  u.on('error', (e) => console.log('udp error', e));
  u.on('message', (m, r) => { console.log('udp', m.toString(), r); u.send('yo', r.port, r.address, (e) => console.log('sent', e)); });
  u.bind({ fd: openUdp(where, Address.parse('fe80::a9fe:a9fe'), 53) });
  const s = net.createServer((c) => { try { console.log('tcp', c.remoteAddress); } catch (e) { console.log('tcp throws', e); } c.end('hi'); });
  s.listen({ fd: openTcp(where, 80) });
  await new Promise((r) => setTimeout(r, 300));
  for (const c of [
   "import socket;s=socket.socket(socket.AF_INET6,socket.SOCK_DGRAM);s.settimeout(1);s.sendto(b'hello',('fe80::a9fe:a9fe%eth0',53));print(s.recvfrom(99))",
   "import socket;s=socket.socket(socket.AF_INET6,socket.SOCK_STREAM);s.settimeout(1);s.connect(('fe80::a9fe:a9fe%eth0',80));print(s.recv(99))"]) {
    await new Promise((r) => spawn('ip', ['netns', 'exec', 'tst-b', '/usr/bin/python3', '-c', c], { stdio: 'inherit' }).on('exit', r));
  }
  u.close(); s.close();
} finally { sh('ip netns del tst-a; ip netns del tst-b'); }
