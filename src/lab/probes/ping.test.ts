import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePing } from './ping.ts';

test('answers', () => {
  const output = `PING fd00::2(fd00::2) 56 data bytes
64 bytes from fd00::2: icmp_seq=1 ttl=64 time=0.052 ms
64 bytes from fd00::2: icmp_seq=2 ttl=64 time=1.5 ms
64 bytes from fd00::2: icmp_seq=2 ttl=64 time=1.6 ms (DUP!)

--- fd00::2 ping statistics ---
3 packets transmitted, 2 received, +1 duplicates, 33.3333% packet loss, time 54ms
rtt min/avg/max/mdev = 0.052/0.776/1.500/0.724 ms
`;
  assert.deepEqual(parsePing(output, 3), { sent: 3, received: 2, roundTrips: [0.052, 1.5], errors: [] });
});

test('an error from a router, told once', () => {
  const output = `PING fd00:2::2(fd00:2::2) 1452 data bytes
From fd00:1::1 icmp_seq=1 Packet too big: mtu=1400
From fd00:1::1 icmp_seq=2 Packet too big: mtu=1400

--- fd00:2::2 ping statistics ---
2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 50ms
`;
  assert.deepEqual(parsePing(output, 2), {
    sent: 2,
    received: 0,
    roundTrips: [],
    errors: ['Packet too big: mtu=1400'],
  });
});

test('no route at all', () => {
  assert.deepEqual(parsePing('ping: connect: Network is unreachable\n', 4), {
    sent: 4,
    received: 0,
    roundTrips: [],
    errors: ['Network is unreachable'],
  });
});

test('a warning is no error', () => {
  const output = `ping: Warning: source address might be selected on device other than: eth1
PING fe80::2(fe80::2) from :: eth1: 56 data bytes
64 bytes from fe80::2%eth1: icmp_seq=1 ttl=64 time=0.3 ms

--- fe80::2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time 0ms
rtt min/avg/max/mdev = 0.300/0.300/0.300/0.000 ms
`;
  assert.deepEqual(parsePing(output, 1), { sent: 1, received: 1, roundTrips: [0.3], errors: [] });
});
