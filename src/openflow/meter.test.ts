import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeOpenFlowMessages, MessageType } from './message.ts';
import { CONTROLLER_METER, compareMeters, decodeMeterDrops, decodeMeters, encodeMeterMods } from './meter.ts';

const meter = { rate: 100, burst: 200 };

test('meters are added and changed before flows, removed after them', () => {
  let last = 0;
  const difference = { add: new Map([[4, meter]]), modify: new Map([[5, meter]]), remove: new Set([6]) };
  const { before, after } = encodeMeterMods(difference, () => ++last);
  const bodies = (messages: Buffer[]) =>
    decodeOpenFlowMessages(Buffer.concat(messages)).messages.map(({ type, transaction, body }) => {
      assert.equal(type, MessageType.METER_MOD);
      return [transaction, body.readUInt16BE(0), body.readUInt32BE(4), body.length];
    });
  assert.deepEqual(bodies(before), [
    [1, 0, 4, 24],
    [2, 1, 5, 24],
  ]);
  assert.deepEqual(bodies(after), [[3, 2, 6, 8]]);
});

test('what meters have dropped stands with their bands', () => {
  const entry = (number: string, length: string, bands: string) =>
    [
      number,
      length,
      '000000000000',
      '00000001',
      '0000000000000064'.repeat(2),
      '0000000500000000',
      bands,
    ].join('');
  const body = entry('00000007', '0038', '00000000000000090000000000000190') + entry('fffffffe', '0028', '');
  assert.deepEqual(
    decodeMeterDrops(Buffer.from(body, 'hex')),
    new Map([
      [7, 9],
      [CONTROLLER_METER, 0],
    ]),
  );
});

test('the configuration of meters gives back what was put in; others count as different', () => {
  const entry = Buffer.from(
    '0018' + '0006' + '00000004' + '0001' + '0010' + '00000064' + '000000c8' + '00000000',
    'hex',
  );
  const other = Buffer.from('0008' + '0001' + 'fffffffe', 'hex');
  const meters = decodeMeters(Buffer.concat([entry, other]));
  assert.deepEqual(
    meters,
    new Map([
      [4, meter],
      [CONTROLLER_METER, { rate: 0, burst: 0 }],
    ]),
  );
  assert.deepEqual(
    compareMeters(
      meters,
      new Map([
        [CONTROLLER_METER, meter],
        [7, meter],
      ]),
    ),
    {
      add: new Map([[7, meter]]),
      modify: new Map([[CONTROLLER_METER, meter]]),
      remove: new Set([4]),
    },
  );
});
