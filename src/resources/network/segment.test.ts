import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NETWORK_TYPES, overheadOf } from './segment.ts';

test('what a type adds to a packet depends on what is between hosts, and whether that is encrypted', () => {
  const all = (family: 6 | 4, isEncrypted: boolean) =>
    NETWORK_TYPES.map((type) => overheadOf(type, family, isEncrypted));
  assert.deepEqual(all(6, false), [78, 70, 62, 0, 0, 0]);
  assert.deepEqual(all(4, false), [58, 50, 42, 0, 0, 0]);
  assert.deepEqual(all(6, true), [115, 107, 99, 0, 0, 0]);
  assert.deepEqual(all(4, true), [95, 87, 79, 0, 0, 0]);
});

test('packets as large as that leave fit into the underlay’s, whatever their padding', () => {
  for (const family of [6, 4] as const)
    for (const underlay of [1500, 1501, 1502, 1503, 9000]) {
      const inner = underlay - overheadOf('geneve', family, true);
      // RFC 4303 section 2: what is protected, padding and trailer end on four octets.
      const payload = inner + overheadOf('geneve', family, false) - (family === 6 ? 40 : 20);
      const esp = 8 + 8 + 4 * Math.ceil((payload + 2) / 4) + 16;
      assert.ok((family === 6 ? 40 : 20) + esp <= underlay, `${underlay}`);
    }
});
