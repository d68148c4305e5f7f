import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Mac, Prefix } from '../addressing/index.ts';
import { describeFrame } from './describe.ts';
import { duidOfMac, encodeDhcpv6 } from './dhcpv6.ts';
import { fragmentIpv6 } from './fragments.ts';
import { type Frame, frame, icmpv6, ipv4, ipv6, tcpSyn, udp } from './frame.ts';
import { ALL_NODES, multicastMac } from './multicast.ts';

const mac = Mac.parse('fa:16:3e:00:00:01');
const router = Address.parse('fe80::1');
const ra = ipv6(
  router,
  ALL_NODES,
  icmpv6({
    kind: 'router-advertisement',
    hopLimit: 64,
    managed: false,
    otherConfig: true,
    preference: 'medium',
    routerLifetime: 1800,
    reachableTime: 0,
    retransTimer: 0,
    options: [
      { kind: 'source-link-layer-address', mac },
      {
        kind: 'prefix-information',
        prefix: Prefix.parse('2001:db8::/64'),
        onLink: true,
        autonomous: true,
        prefersDelegation: false,
        validLifetime: 0xffff_ffff,
        preferredLifetime: 60,
      },
      { kind: 'rdnss', lifetime: 60, servers: [Address.parse('2001:db8::53')] },
    ],
  }),
  { hopLimit: 255 },
);
const of = (network: Frame['network']): string => describeFrame(frame(mac, multicastMac(ALL_NODES), network));
const ends = 'fa:16:3e:00:00:01 > 33:33:00:00:00:01';

test('a router advertisement with what it advertises', () => {
  assert.equal(
    of(ra),
    `${ends} fe80::1 > ff02::1 icmpv6 router-advertisement M=0 O=1 lifetime 1800 s, ` +
      'source-link-layer-address fa:16:3e:00:00:01, prefix 2001:db8::/64 L=1 A=1 for ever, ' +
      'rdnss 2001:db8::53 for 60 s',
  );
});

test('a fragment and a VLAN tag', () => {
  const [first] = fragmentIpv6(ra, [8], { identification: 1 });
  const tagged = {
    ...frame(mac, mac, first!),
    vlans: [{ protocol: 0x8100, priority: 0, dropEligible: false, id: 200 }],
  };
  assert.equal(
    describeFrame(tagged),
    'fa:16:3e:00:00:01 > fa:16:3e:00:00:01 vlan 200 fe80::1 > ff02::1 fragment 0+ protocol 58, 8 octets',
  );
});

test('a DHCPv6 reply with its lease', () => {
  const reply = encodeDhcpv6({
    type: 'reply',
    transaction: 1,
    options: [
      { kind: 'server-id', duid: duidOfMac(mac) },
      {
        kind: 'ia-na',
        iaid: 7,
        t1: 0,
        t2: 0,
        options: [
          {
            kind: 'ia-address',
            address: Address.parse('2001:db8::9'),
            preferredLifetime: 60,
            validLifetime: 90,
            options: [],
          },
        ],
      },
    ],
  });
  assert.equal(
    of(ipv6(router, ALL_NODES, udp(547, 546, reply))),
    `${ends} fe80::1 > ff02::1 udp 547 > 546 dhcpv6 reply, server-id, ia-na 7 (2001:db8::9 for 90 s)`,
  );
});

test('garbage on the DHCPv6 port', () => {
  assert.equal(
    of(ipv6(router, ALL_NODES, udp(547, 546, Uint8Array.of(99)))),
    `${ends} fe80::1 > ff02::1 udp 547 > 546 DHCPv6 message type 99 is none of a client or server`,
  );
});

test('TCP over IPv4, and ARP', () => {
  const a = Address.parse('10.0.0.1');
  const b = Address.parse('10.0.0.2');
  assert.equal(of(ipv4(a, b, tcpSyn(1025, 80))), `${ends} 10.0.0.1 > 10.0.0.2 tcp 1025 > 80 syn`);
  const message = { senderMac: mac, sender: a, targetMac: mac, target: b };
  assert.equal(
    of({ kind: 'arp', message: { ...message, operation: 'request' } }),
    `${ends} arp who has 10.0.0.2, tell 10.0.0.1`,
  );
});
