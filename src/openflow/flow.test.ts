import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Mac, Prefix } from '../addressing/index.ts';
import { ETHER_TYPE } from '../packets/ethernet.ts';
import { IP_PROTOCOL } from '../packets/ip-protocol.ts';
import { compareFlows, encodeBundle } from './bundle.ts';
import {
  decodeFlowStatistics,
  dropsOf,
  type EncodedFlow,
  encodeFlow,
  encodeFlowMod,
  encodeFlowStatisticsRequest,
  encodeForgetting,
  type Flow,
  FlowCommand,
  flowIdentity,
} from './flow.ts';
import { isLearned } from './learning.ts';
import { canonicalMatch, encodeMatch } from './match.ts';
import { decodeOpenFlowMessages, encodeOpenFlowMessage, MessageType } from './message.ts';

const drop = { drop: true } as const;
const flow = (inPort: number, verdict: Flow['verdict'] = drop): EncodedFlow =>
  encodeFlow({ table: 0, priority: 100, match: { inPort }, verdict });

/** An entry of a flow statistics reply: 48 bytes, of which these matter, then match and instructions. */
function statistics({ table, priority, match, instructions, cookie }: EncodedFlow, packets = 0): Buffer {
  const fixed = Buffer.alloc(48);
  fixed.writeUInt16BE(fixed.length + match.length + instructions.length, 0);
  fixed.writeUInt8(table, 2);
  fixed.writeUInt16BE(priority, 12);
  fixed.writeBigUInt64BE(BigInt(cookie), 24);
  fixed.writeBigUInt64BE(BigInt(packets), 32);
  return Buffer.concat([fixed, match, instructions]);
}

test('an empty match is its header and padding', () => {
  assert.equal(encodeMatch({}).toString('hex'), '0001000400000000');
});

test('a match lists fields after those they presuppose, padded to eight bytes', () => {
  const match = encodeMatch({
    icmpv6Type: 134,
    ipProtocol: IP_PROTOCOL.icmpv6,
    etherType: ETHER_TYPE.ipv6,
    inPort: 7,
  });
  const fields = ['80000004' + '00000007', '80000a02' + '86dd', '80001401' + '3a', '80003a01' + '86'];
  assert.equal(match.toString('hex'), `0001001c${fields.join('')}`.padEnd(64, '0'));
});

test('masks follow their values', () => {
  const tagged = encodeMatch({ tagged: true });
  assert.equal(tagged.toString('hex'), '0001000c' + '80000d04' + '10001000' + '00000000');
  const linkLocal = encodeMatch({
    etherType: ETHER_TYPE.ipv6,
    fragment: 'any',
    ipv6Source: Prefix.parse('fe80::/10'),
  });
  assert.match(linkLocal.toString('hex'), /00013502010180003520fe80(00){14}ffc0(00){14}/);
});

test("a solicitation's fields follow those of ICMPv6, and the hop limit is Open vSwitch's own", () => {
  const match = encodeMatch({
    ndSource: Mac.parse('02:00:00:00:00:01'),
    ndTarget: Address.parse('fe80::1'),
    icmpv6Code: 0,
    icmpv6Type: 135,
    ipProtocol: IP_PROTOCOL.icmpv6,
    hopLimit: 255,
    etherType: ETHER_TYPE.ipv6,
    ethernetSource: Mac.parse('02:00:00:00:00:02'),
  });
  const fields = [
    '80000806' + '020000000002',
    '80000a02' + '86dd',
    '00013a01' + 'ff',
    '80001401' + '3a',
    '80003a01' + '87',
    '80003c01' + '00',
    `80003e10${'fe80'.padEnd(31, '0')}1`,
    '80004006' + '020000000001',
  ];
  assert.ok(match.toString('hex').slice(8).startsWith(fields.join('')));
});

test('the order of fields does not make another match', () => {
  const one = Buffer.from('00010012' + '80000a0286dd' + '8000140111' + '000000000000', 'hex');
  const other = Buffer.from('00010012' + '8000140111' + '80000a0286dd' + '000000000000', 'hex');
  assert.equal(canonicalMatch(one), canonicalMatch(other));
  assert.notEqual(canonicalMatch(one), canonicalMatch(encodeMatch({ etherType: ETHER_TYPE.ipv6 })));
});

test('statistics give back the flows that were put in', () => {
  const flows = [
    flow(1),
    flow(2, { output: 3 }),
    flow(4, { continueIn: 2 }),
    flow(5, { continueIn: 2, meter: 7, network: 9n, keepTarget: true, report: true }),
  ];
  assert.deepEqual(
    decodeFlowStatistics(Buffer.concat(flows.map((one, index) => statistics(one, 2 ** 40 + index)))),
    flows.map((one, index) => ({ ...one, packets: 2 ** 40 + index })),
  );
});

test('a flow that drops for a reason says so to its controller, in its cookie', () => {
  const [reasoned, other] = [flow(1, { drop: true, reason: 7 }), flow(2)];
  assert.equal(encodeFlowMod(reasoned, 0).readBigUInt64BE(0), 0x107n);
  assert.equal(encodeFlowMod(other, 0).readBigUInt64BE(0), 0n);
  const decoded = decodeFlowStatistics(Buffer.concat([statistics(reasoned, 5), statistics(other, 6)]));
  assert.deepEqual(dropsOf(decoded), [{ flow: flowIdentity(reasoned), reason: 7, packets: 5 }]);
  const unreasoned = flow(1);
  assert.deepEqual(compareFlows([unreasoned], [reasoned]), { add: [reasoned], remove: [] });
  const request = encodeFlowStatisticsRequest('reasoned');
  assert.deepEqual([request.readBigUInt64BE(16), request.readBigUInt64BE(24)], [0x100n, 0x100n]);
});

test('instructions: the meter first, then actions, then where to go on', () => {
  const hex = (verdict: Flow['verdict']) => flow(1, verdict).instructions.toString('hex');
  const goOn = '0001' + '0008' + '02000000';
  const actions = (...list: string[]) => {
    const length = 8 + list.join('').length / 2;
    return `0004${length.toString(16).padStart(4, '0')}00000000${list.join('')}`;
  };
  assert.equal(hex({ continueIn: 2, meter: 7 }), `0006${'0008'}00000007${goOn}`);
  assert.equal(hex({ continueIn: 2, report: true }), actions(`0000${'0010'}fffffffdffff000000000000`) + goOn);
  const register = `0019${'0010'}80010408${'0000000000000009'}`;
  assert.equal(hex({ continueIn: 2, network: 9n }), actions(register) + goOn);
  const move = `ffff${'0018'}00002320${'0006'}0080${'00000000'}00012e10${'0001de10'}`;
  assert.equal(hex({ continueIn: 2, keepTarget: true }), actions(move) + goOn);
  const track = `ffff${'0018'}00002320${'0023'}0000${'00000000'}0000${'02'}0000000000`;
  assert.equal(hex({ continueIn: 2, lookUpAnew: true }), actions(track));
  const out = `0000${'0010'}00000009${'0000'}000000000000`;
  assert.equal(hex({ output: 9, tag: 'off' }), actions(`0012${'0008'}00000000`, out));
  const vlan = `0019${'0010'}80000c02${'1007'}000000000000`;
  assert.equal(hex({ output: 9, tag: 7 }), actions(`0011${'0008'}8100${'0000'}`, vlan, out));
});

test('a flow that has the switch learn others says what they match and do, and how many there may be', () => {
  const learn = { table: 1, priority: 20, family: 6, key: 5001, seconds: 300, most: 4096 } as const;
  const hex = flow(1, { output: 9, learn }).instructions.toString('hex');
  const fixed =
    `${'0000'}012c0014${'0000138900000400'}0000${'01'}00${'00000000'}` + `${'00001000'}${'00000000'}`;
  const specifications = [
    `0040${'00012008'}0000${'00012008'}0000`, // the key
    `0030${'00000406'}0000${'00000206'}0000`, // to who is heard here
    `0880${'0001da10'}0000${'0001dc10'}0000`, // goes to where that came from
    `1010${'00000002'}0000`,
  ];
  const action = `ffff${'0060'}00002320${'002d'}${fixed}${specifications.join('')}`.padEnd(2 * 0x60, '0');
  const output = `0000${'0010'}00000009${'0000'}000000000000`;
  assert.equal(hex, `0004${'0078'}00000000${action}${output}`);
});

test('a flow sends copies to each end of tunnels, which may be none', () => {
  const ends = ['fd00:ee::2', '198.51.100.3'].map((text) => Address.parse(text));
  const hex = (to: Address[]) => flow(1, { tunnel: 5, to }).instructions.toString('hex');
  assert.equal(hex([]), '');
  assert.match(hex(ends), /^0004.*0001dc10fd0000ee0{23}2.*00000005.*00014004c6336403.*00000005/);
});

test('what was learned is forgotten by its table and key, or all of it', () => {
  const [some, all] = [encodeForgetting({ table: 2, key: 5001 }), encodeForgetting('all')];
  assert.equal(some.toString('hex', 0, 18), `0000138900000400${'f'.repeat(16)}0203`);
  assert.equal(all.toString('hex', 0, 18), `${'0000000000000400'.repeat(2)}ff03`);
  assert.ok(isLearned(some.readUInt32BE(4)) && !isLearned(flow(1).cookie));
});

test('a modification carries table, command, priority, match and instructions', () => {
  const encoded = encodeFlowMod(flow(1, { output: 9 }), FlowCommand.DELETE_STRICT);
  assert.equal(encoded.readUInt8(17), 4);
  assert.equal(encoded.readUInt16BE(22), 100);
  assert.equal(encoded.length, 40 + 16 + 24);
});

test('only flows that are missing, different or too many are touched', () => {
  const present = [flow(1), flow(2, { output: 3 }), flow(4)];
  const wanted = [flow(1), flow(2, { output: 5 }), flow(6)];
  const { add, remove } = compareFlows(present, wanted);
  assert.deepEqual(add.map(flowIdentity), [flow(2), flow(6)].map(flowIdentity));
  assert.deepEqual(remove.map(flowIdentity), [flowIdentity(flow(4))]);
  assert.deepEqual(compareFlows(wanted, wanted), { add: [], remove: [] });
});

test('a bundle opens, removes, adds and commits, each message with a number of its own', () => {
  let last = 0;
  const messages = encodeBundle({ add: [flow(1)], remove: [flow(2)] }, 5, () => ++last);
  const { messages: decoded, rest } = decodeOpenFlowMessages(Buffer.concat(messages));
  assert.equal(rest.length, 0);
  assert.deepEqual(
    decoded.map(({ type, transaction }) => [type, transaction]),
    [
      [MessageType.BUNDLE_CONTROL, 1],
      [MessageType.BUNDLE_ADD_MESSAGE, 2],
      [MessageType.BUNDLE_ADD_MESSAGE, 3],
      [MessageType.BUNDLE_CONTROL, 4],
    ],
  );
  const inner = decoded[1]?.body.subarray(8) as Buffer;
  assert.equal(inner.readUInt8(1), MessageType.FLOW_MOD);
  assert.equal(inner.readUInt32BE(4), 2, 'the inner message has the number of the outer one');
});

test('a stream is cut into messages wherever it was broken', () => {
  const stream = Buffer.concat([
    encodeOpenFlowMessage(2, 1, Buffer.from('abc')),
    encodeOpenFlowMessage(3, 2),
  ]);
  const first = decodeOpenFlowMessages(stream.subarray(0, 13));
  assert.equal(first.messages.length, 1);
  const second = decodeOpenFlowMessages(Buffer.concat([first.rest, stream.subarray(13)]));
  assert.deepEqual(
    second.messages.map(({ type, transaction }) => [type, transaction]),
    [[3, 2]],
  );
});

test('a connection is looked for, or remembered, in the zone that was put down', () => {
  const tracked = (track: 'look' | 'remember') =>
    encodeFlow({ table: 0, priority: 1, match: {}, verdict: { track, continueIn: 9 } }).instructions;
  const ct = (commit: 0 | 1) => `ffff0018000023200023000${commit}${'00010e04'}000f090000000000`;
  assert.equal(tracked('look').toString('hex'), `0004002000000000${ct(0)}`);
  assert.equal(tracked('remember').toString('hex'), `0004002000000000${ct(1)}`);
});

test('bits of an IPv6 address are set as the switch lists it, the step behind them', () => {
  const { instructions } = encodeFlow({
    ...{ table: 0, priority: 1, match: {} },
    verdict: {
      ipv6: { of: 'destination', value: 0xa_0000_0000_0000_0000n, mask: 0xf_0000_0000_0000_0000n },
      step: 3,
      continueIn: 8,
    },
  });
  const bits = (nibble: string) => `000000000000000${nibble}0000000000000000`;
  const load = `ffff0030000023200021${'00012920'}${bits('a')}${bits('f')}0000`;
  const step = `00190010${'00010c04'}${'00000003'}00000000`;
  assert.equal(instructions.toString('hex'), `0004004800000000${load}${step}000100080800000${'0'}`);
});
