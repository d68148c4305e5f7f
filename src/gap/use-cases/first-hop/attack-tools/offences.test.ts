import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, linkLocalAddress, Mac } from '../../../../addressing/index.ts';
import { fragmentIpv6 } from '../../../../packets/fragments.ts';
import { decodeFrame, encodeFrame, type Frame, frame, icmpv6, ipv6, udp } from '../../../../packets/frame.ts';
import type { Icmpv6Message } from '../../../../packets/icmpv6.ts';
import { ALL_NODES, multicastMac } from '../../../../packets/multicast.ts';
import { rogueAdvertisements } from '../rogue-advertisements.ts';
import { ownDiscovery, spoofedDiscovery } from '../spoofed-discovery.ts';
import { offence } from './offences.ts';

const station = (number: number) => ({
  mac: Mac.of(0x020000000000n + BigInt(number)),
  address: Address.parse(`fd66::${number}`),
  address4: Address.parse(`10.66.0.${number}`),
});
const [attacker, victim, bystander, router] = [1, 2, 3, 4].map(station) as [
  ReturnType<typeof station>,
  ReturnType<typeof station>,
  ReturnType<typeof station>,
  ReturnType<typeof station>,
];
const cast = { attacker, others: [victim, bystander, router].map(({ mac }) => mac) };
const own = linkLocalAddress(attacker.mac);
const judge = (sent: Frame) => offence(decodeFrame(encodeFrame(sent)), cast);
const send = (message: Icmpv6Message, source = attacker.address, hopLimit = 255, mac = attacker.mac) =>
  judge(frame(mac, multicastMac(ALL_NODES), ipv6(source, ALL_NODES, icmpv6(message), { hopLimit })));

test('what a station says of itself is right', () => {
  for (const sent of ownDiscovery(attacker, victim).frames) assert.equal(judge(sent), undefined);
  const echo = { kind: 'echo-request', identifier: 1, sequence: 1, data: new Uint8Array(2000) } as const;
  assert.equal(send(echo, own, 64), undefined);
  for (const fragment of fragmentIpv6(ipv6(attacker.address, victim.address, icmpv6(echo)), [1200], {
    identification: 1,
  })) {
    assert.equal(judge(frame(attacker.mac, victim.mac, fragment)), undefined);
  }
});

test('what others say is their business, redirects apart', () => {
  const advertisement = rogueAdvertisements(router.mac, victim.mac, linkLocalAddress(router.mac));
  assert.equal(judge(advertisement['router advertisements']![0]!.frames[0]!), undefined);
  const redirect = { kind: 'redirect', target: own, destination: bystander.address, options: [] } as const;
  assert.equal(send(redirect, linkLocalAddress(router.mac), 255, router.mac), 'a redirect');
});

test('all crafted attacks that have a frame to themselves are wrong', () => {
  const { 'router advertisements in LLC/SNAP': _, ...advertisements } = rogueAdvertisements(
    attacker.mac,
    victim.mac,
    linkLocalAddress(router.mac),
  );
  const kinds = ['router advertisements', 'router advertisements behind extension headers'];
  const attacks = [
    ...kinds.flatMap((kind) => advertisements[kind]!),
    ...[
      'advertisements of what others have',
      'solicitations in the name of others',
      "link-layer options that are not the sender's",
      'redirects',
      'DHCPv6 from a server',
    ].flatMap((kind) => spoofedDiscovery(attacker, victim, bystander, router)[kind]!),
  ];
  for (const { what, frames } of attacks) {
    if (what.includes('second fragment')) continue;
    for (const sent of frames) assert.ok(judge(sent), what);
  }
});

test('a MAC address of nobody’s is wrong, whatever it says', () => {
  const echo = { kind: 'echo-request', identifier: 1, sequence: 1, data: new Uint8Array() } as const;
  assert.equal(send(echo, attacker.address, 64, Mac.parse('02:00:00:00:00:99')), "a MAC address of nobody's");
});

test('Neighbour Discovery from off the link, MLD queries and servers’ messages are wrong', () => {
  const solicitation = { kind: 'neighbour-solicitation', target: victim.address, options: [] } as const;
  assert.equal(send(solicitation, attacker.address, 254), 'Neighbour Discovery from off the link');
  assert.equal(send({ kind: 'other', type: 130, code: 0, body: new Uint8Array(20) }), 'an MLD query');
  const reply = ipv6(own, linkLocalAddress(victim.mac), udp(40_000, 546, new Uint8Array(4)));
  assert.equal(judge(frame(attacker.mac, victim.mac, reply)), "a DHCPv6 server's message");
});

test('a first fragment that does not show what it is, and any from a link-local address, are wrong', () => {
  const options = {
    kind: 'destination-options',
    options: [{ type: 0x1e, data: new Uint8Array(18) }],
  } as const;
  const packet = (source: Address) =>
    ipv6(source, victim.address, udp(1, 2, new Uint8Array(64)), { extensions: [options] });
  const fragments = (source: Address) =>
    fragmentIpv6(packet(source), [8], { identification: 1 }).map((fragment) =>
      judge(frame(attacker.mac, victim.mac, fragment)),
    );
  assert.deepEqual(fragments(attacker.address), ['a first fragment that hides what it is', undefined]);
  assert.deepEqual(fragments(own), Array(2).fill('a fragment from a link-local address'));
});
