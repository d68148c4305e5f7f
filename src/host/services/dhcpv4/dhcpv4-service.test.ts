import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { networkFacts, portFacts, subnetFacts } from '../../../../test/support/facts.ts';
import { serviceNetwork } from '../../../../test/support/service-network.ts';
import { Address, Mac, Prefix } from '../../../addressing/index.ts';
import type { NetworkFacts } from '../../../host-contract/index.ts';
import { Registry } from '../../../metrics/index.ts';
import {
  type Dhcpv4Message,
  decodeDhcpv4,
  decodeFrame,
  encodeDhcpv4,
  encodeFrame,
  frame,
  ipv4,
  udp,
} from '../../../packets/index.ts';
import { Dhcpv4Service } from './dhcpv4-service.ts';

const MAC = Mac.parse('fa:16:3e:00:00:01');
const NOBODY = Address.parse('0.0.0.0');
const [DISCOVER, REQUEST, INFORM] = [1, 3, 8];
const mostly = networkFacts(
  [
    subnetFacts('fd00::/64'),
    subnetFacts('192.0.2.0/24', {
      raMode: null,
      addressMode: null,
      routes: [{ destination: Prefix.parse('198.51.100.0/25'), nexthop: Address.parse('192.0.2.9') }],
    }),
  ],
  { nat64Prefix: Prefix.parse('64:ff9b::/96'), dnsDomain: 'example.org' },
);

interface Question {
  readonly type: number;
  /** Numbers of options. */
  readonly asks?: readonly number[];
  readonly options?: readonly (readonly [number, string])[];
  readonly from?: Address;
  readonly broadcast?: boolean;
}

/** What the server says to a client; options in hex. */
function ask(
  { type, asks = [], options = [], from = NOBODY, broadcast = false }: Question,
  addresses: readonly string[] = ['192.0.2.5', 'fd00::5'],
  network: NetworkFacts = mostly,
) {
  const sent: Uint8Array[] = [];
  const ports = [{ id: 'p1', facts: portFacts(network, addresses) }];
  const open = serviceNetwork({ facts: () => network, ports: () => ports, send: (it) => sent.push(it) });
  const message: Dhcpv4Message = {
    by: 'client',
    transaction: 7,
    broadcast,
    clientAddress: from,
    yourAddress: NOBODY,
    relay: NOBODY,
    clientMac: MAC,
    options: new Map([
      [53, Uint8Array.of(type)],
      [55, Uint8Array.from(asks)],
      ...options.map(([code, hex]) => [code, Buffer.from(hex, 'hex')] as const),
    ]),
  };
  const packet = ipv4(from, Address.parse('255.255.255.255'), udp(68, 67, encodeDhcpv4(message)));
  const service = new Dhcpv4Service(pino({ enabled: false }), new Registry());
  service.hear(open, encodeFrame(frame(MAC, Mac.parse('ff:ff:ff:ff:ff:ff'), packet)));
  if (sent[0] === undefined) return undefined;
  const { destination, network: ip } = decodeFrame(sent[0]);
  assert.ok(ip.kind === 'ipv4' && ip.upper.kind === 'udp');
  const answer = decodeDhcpv4(ip.upper.datagram.data);
  return {
    to: `${destination} ${ip.destination}`,
    your: `${answer.yourAddress}`,
    options: Object.fromEntries(
      Array.from(answer.options, ([code, value]) => [code, Buffer.from(value).toString('hex')]),
    ),
  };
}

const SERVER = 'a9fea9fe';

test('a client gets the address and settings of its port', () => {
  assert.deepEqual(ask({ type: DISCOVER }), {
    to: `${MAC} 192.0.2.5`,
    your: '192.0.2.5',
    options: {
      1: 'ffffff00',
      3: 'c0000201',
      6: SERVER,
      15: Buffer.from('example.org').toString('hex'),
      26: '05a2',
      51: '0000a8c0',
      53: '02',
      54: SERVER,
      121: `20${SERVER}0000000019c6336400c000020900c0000201`,
    },
  });
  assert.equal(ask({ type: DISCOVER, broadcast: true })?.to, `${MAC} 255.255.255.255`);
});

test('who asks for it is told that IPv6 is preferred (RFC 8925), nobody else', () => {
  assert.equal(ask({ type: DISCOVER, asks: [1, 3, 108] })?.options[108], '00000708');
  assert.equal(ask({ type: DISCOVER, asks: [1, 3] })?.options[108], undefined);
  const taken = [[50, 'c0000205']] as const;
  assert.equal(ask({ type: REQUEST, asks: [108], options: taken })?.options[108], '00000708');
});

test('where a port has no IPv4, who can do without hears so, and others hear nothing', () => {
  const alone = ask({ type: DISCOVER, asks: [108] }, ['fd00::5']);
  assert.deepEqual([alone?.your, alone?.options[108]], ['0.0.0.0', '00000708']);
  assert.equal(ask({ type: DISCOVER, asks: [1] }, ['fd00::5']), undefined);
});

test('a request for another address is refused, one to another server is not ours', () => {
  const typeOf = (question: Omit<Question, 'type'>) => ask({ type: REQUEST, ...question })?.options[53];
  assert.equal(typeOf({ options: [[50, 'c0000205']] }), '05');
  assert.equal(typeOf({ options: [[50, 'c0000206']] }), '06');
  assert.equal(typeOf({ from: Address.parse('192.0.2.5') }), '05', 'a renewal');
  assert.equal(
    typeOf({
      options: [
        [50, 'c0000205'],
        [54, 'c0000201'],
      ],
    }),
    undefined,
  );
  assert.equal(
    typeOf({
      options: [
        [50, 'c0000205'],
        [54, SERVER],
      ],
    }),
    '05',
  );
});

test('who has an address hears of settings alone', () => {
  const told = ask({ type: INFORM, from: Address.parse('192.0.2.5') });
  assert.deepEqual([told?.your, told?.options[53], told?.options[51]], ['0.0.0.0', '05', undefined]);
});
