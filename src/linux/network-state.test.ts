import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attribute32, encodeAttribute } from './netlink-message.ts';
import { parseAddress, parseNeighbour, parseRoute } from './network-state.ts';

const message = (fixed: string, ...attributes: Buffer[]) => ({
  type: 0,
  flags: 0,
  sequence: 0,
  body: Buffer.concat([Buffer.from(fixed.replaceAll(' ', ''), 'hex'), ...attributes]),
});
const v6 = Buffer.from('20010db8000000000000000000000007', 'hex');

function cacheInfo(preferred: number, valid: number): Buffer {
  const info = Buffer.alloc(16);
  info.writeUInt32LE(preferred, 0);
  info.writeUInt32LE(valid, 4);
  return encodeAttribute(6, info);
}

test('an address made by SLAAC that is still being checked', () => {
  const parsed = parseAddress(
    message(
      '0a 40 c0 00 05000000',
      encodeAttribute(1, v6),
      cacheInfo(60, 0xffff_ffff),
      attribute32(8, 0x340),
    ),
  );
  assert.equal(parsed.address.toString(), '2001:db8::7');
  assert.deepEqual(
    { ...parsed, address: undefined },
    {
      device: 5,
      address: undefined,
      prefixLength: 64,
      tentative: true,
      duplicate: false,
      deprecated: false,
      temporary: false,
      dynamic: true,
      preferredLifetime: 60,
      validLifetime: Infinity,
    },
  );
});

test('an IPv4 address on a point-to-point link is the local one', () => {
  const parsed = parseAddress(
    message(
      '02 20 80 00 01000000',
      encodeAttribute(1, Buffer.from([10, 0, 0, 2])),
      encodeAttribute(2, Buffer.from([10, 0, 0, 1])),
    ),
  );
  assert.equal(parsed.address.toString(), '10.0.0.1');
  assert.equal(parsed.dynamic, false);
});

test('a default route that a router advertised', () => {
  const gateway = Buffer.from('fe800000000000000000000000000001', 'hex');
  const parsed = parseRoute(
    message(
      '0a 00 00 00 fe 09 00 01 00000000',
      encodeAttribute(5, gateway),
      attribute32(4, 2),
      attribute32(6, 1024),
    ),
  );
  assert.deepEqual(
    [
      parsed?.destination.toString(),
      parsed?.gateway?.toString(),
      parsed?.device,
      parsed?.origin,
      parsed?.metric,
    ],
    ['::/0', 'fe80::1', 2, 'ra', 1024],
  );
});

test('routes of other tables and other kinds are left out', () => {
  assert.equal(parseRoute(message('0a 80 00 00 ff 02 00 02 00000000')), undefined);
  assert.equal(parseRoute(message('0a 08 00 00 fe 02 00 05 00000000')), undefined);
});

test('a neighbour, resolved and not', () => {
  const resolved = parseNeighbour(
    message(
      '0a 000000 02000000 0200 00 01',
      encodeAttribute(1, v6),
      encodeAttribute(2, Buffer.from('fa163e000001', 'hex')),
    ),
  );
  assert.deepEqual([resolved?.mac?.toString(), resolved?.state], ['fa:16:3e:00:00:01', 2]);
  assert.equal(
    parseNeighbour(message('0a 000000 02000000 2000 00 01', encodeAttribute(1, v6)))?.mac,
    undefined,
  );
  assert.equal(parseNeighbour(message('07 000000 02000000 0200 00 01', encodeAttribute(1, v6))), undefined);
});
