import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Mac } from '../../addressing/index.ts';
import type { Instruction } from '../../linux/index.ts';
import { encodeFrame, frame, icmpv6, ipv6, tcpSyn, udp } from '../../packets/frame.ts';
import type { UpperLayer } from '../../packets/upper-layer.ts';
import { QUESTION_FILTER, SERVICE_FILTER } from './service-filter.ts';

const instance = Mac.parse('fa:16:3e:00:00:01');
const linkLocal = Address.parse('fe80::1');
const nobody = Address.parse('::');
const service = Address.parse('fe80::a9fe:a9fe');
/** linux/filter.h, if_packet.h. */
const PACKET_TYPE = 0xfffff004;
const [TO_US, OUTGOING] = [0, 4];

/** What the kernel makes of a program of the few operations that this one has. */
function accepts(
  octets: Uint8Array,
  filter: readonly Instruction[] = SERVICE_FILTER,
  packetType = 0,
): boolean {
  const data = Buffer.from(octets);
  let value = 0;
  for (let at = 0; ; at++) {
    const [code, ifTrue, ifFalse, operand] = filter[at]!;
    const width = { 48: 1, 40: 2, 32: 4 }[code];
    if (operand === PACKET_TYPE) value = packetType;
    else if (width !== undefined) {
      if (operand + width > data.length) return false;
      value = data.readUIntBE(operand, width);
    } else if (code === 0x54) value = (value & operand) >>> 0;
    else if (code === 0x15) at += value === operand ? ifTrue : ifFalse;
    else return operand > 0;
  }
}

const sent = (upper: UpperLayer, to = service, from = linkLocal, hopLimit = 255, mac = instance): boolean =>
  accepts(encodeFrame(frame(instance, mac, ipv6(from, to, upper, { hopLimit }))));

const solicitation = icmpv6({ kind: 'router-solicitation', options: [] });
const probe = icmpv6({ kind: 'neighbour-solicitation', target: linkLocal, options: [] });
const echo = (kind: 'echo-request' | 'echo-reply', identifier: number) =>
  icmpv6({ kind, identifier, sequence: 1, data: new Uint8Array(8) });

test('what services answer reaches them', () => {
  const data = Uint8Array.of(1, 2, 3);
  assert(sent(udp(546, 547, data), Address.parse('ff02::1:2')));
  assert(sent(udp(40_000, 53, data)));
  assert(sent(udp(40_000, 53, data), Address.parse('fd00:a9fe:a9fe::254')));
  assert(sent(solicitation, Address.parse('ff02::2')));
  assert(sent(probe, Address.parse('ff02::1:ff00:1'), nobody));
  assert(sent(echo('echo-reply', 0xa9fe)));
  assert(sent(tcpSyn(80, 0x7000)));
  assert(sent(tcpSyn(80, 0x701f)));
});

test('nothing else does', () => {
  const data = Uint8Array.of(1, 2, 3);
  assert(!sent(udp(40_000, 9, data)));
  assert(!sent(udp(547, 546, data)));
  assert(!sent(udp(40_000, 53, data), Address.parse('fe80::2')), 'an address that is not the service’s');
  assert(!sent(udp(40_000, 53, data), Address.parse('fd00:a9fe:a9fe::253')));
  assert(!sent(solicitation, Address.parse('ff02::2'), linkLocal, 64), 'passed on by a router');
  assert(!sent(probe), 'neighbours are the kernel’s affair');
  assert(!sent(echo('echo-request', 0xa9fe)), 'pings are');
  assert(!sent(echo('echo-reply', 1)), 'no answer to a probe');
  assert(!sent(tcpSyn(80, 0x7020)) && !sent(tcpSyn(0x7000, 80)));
  assert(!accepts(new Uint8Array(20)), 'cut');
  for (const packet of [udp(40_000, 53, data), echo('echo-reply', 0xa9fe), tcpSyn(80, 0x7000)])
    assert(!sent(packet, service, linkLocal, 255, Mac.parse('33:33:00:00:00:01')), 'to all');
});

test('what the kernel asks all of a network is known by its direction', () => {
  const [ownMac, allMac] = [Mac.parse('0e:00:00:00:00:01'), Mac.parse('33:33:ff:00:00:01')];
  const question = frame(
    ownMac,
    allMac,
    ipv6(service, Address.parse('ff02::1:ff00:1'), probe, { hopLimit: 255 }),
  );
  const asked = (octets: Uint8Array, packetType: number) => accepts(octets, QUESTION_FILTER, packetType);
  assert(asked(encodeFrame(question), OUTGOING!));
  assert(!asked(encodeFrame(question), TO_US!), 'an instance asks');
  assert(!asked(encodeFrame({ ...question, destination: instance }), OUTGOING!), 'of one alone');
  assert(!asked(encodeFrame(frame(ownMac, allMac, ipv6(service, linkLocal, solicitation))), OUTGOING!));
  const everybody = Mac.parse('ff:ff:ff:ff:ff:ff');
  const arp = (operation: 'request' | 'reply', to: Mac) =>
    encodeFrame(
      frame(ownMac, to, {
        kind: 'arp',
        message: {
          ...{ operation, senderMac: ownMac, sender: Address.parse('169.254.169.254') },
          ...{ targetMac: Mac.parse('00:00:00:00:00:00'), target: Address.parse('10.0.0.1') },
        },
      }),
    );
  assert(asked(arp('request', everybody), OUTGOING!));
  assert(!asked(arp('reply', everybody), OUTGOING!) && !asked(arp('request', instance), OUTGOING!));
});
