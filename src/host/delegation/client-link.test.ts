import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, linkLocalAddress, Mac } from '../../addressing/index.ts';
import {
  type Dhcpv6Message,
  decodeFrame,
  describeFrame,
  encodeDhcpv6,
  encodeFrame,
  frame,
  ipv6,
  udp,
} from '../../packets/index.ts';
import { clientFrame, serverWord } from './client-link.ts';

const mac = Mac.parse('fa:16:3e:00:00:09');
const place = { mac, networkId: 'n1', physicalNetwork: 'physnet1', vlan: 7 };
const message: Dhcpv6Message = { type: 'solicit', transaction: 5, options: [] };
const server = Mac.parse('02:00:00:00:00:01');

const said = (from: number, to: number, data: Uint8Array): Uint8Array =>
  encodeFrame(frame(server, mac, ipv6(Address.parse('fe80::1'), linkLocalAddress(mac), udp(from, to, data))));

test('a router asks all servers of its VLAN, from its own link-local address', () => {
  const sent = decodeFrame(clientFrame(place, message));
  assert.match(describeFrame(sent), /vlan 7/);
  assert.ok(sent.network.kind === 'ipv6' && sent.network.source.equals(linkLocalAddress(mac)));
  assert.equal(`${sent.network.destination} ${sent.destination}`, 'ff02::1:2 33:33:00:01:00:02');
  assert.equal(decodeFrame(clientFrame({ ...place, vlan: null }, message)).vlans.length, 0);
});

test('what a server says is heard, from whichever of its ports; nothing else is', () => {
  const answer: Dhcpv6Message = { ...message, type: 'reply' };
  const word = serverWord(said(49_152, 546, encodeDhcpv6(answer)));
  assert.deepEqual([word?.message, word?.mac.equals(mac)], [answer, true]);
  assert.equal(serverWord(said(547, 547, encodeDhcpv6(answer))), undefined);
  assert.equal(serverWord(said(547, 546, Uint8Array.of(7, 0))), undefined, 'it ends early');
  assert.equal(serverWord(Uint8Array.of(1, 2, 3)), undefined);
});
