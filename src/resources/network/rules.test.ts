import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settings } from '../../../test/support/operations.ts';
import { RequestError } from '../../errors/index.ts';
import { chooseSegment, maximumMtu } from './rules.ts';
import type { NetworkType } from './segment.ts';

const choose = (type: NetworkType, underlayFamily: 6 | 4, encryptsTunnels: boolean) =>
  chooseSegment(
    { type, physicalNetwork: undefined, segmentationId: undefined },
    { ...settings, underlayFamily, encryptsTunnels },
  ).type;

test('a network that cannot be encrypted is refused where tunnels are, with the types that can', () => {
  for (const type of ['geneve', 'vxlan', 'local'] as const) assert.equal(choose(type, 6, true), type);
  assert.equal(choose('gre', 6, false), 'gre');
  assert.equal(choose('gre', 4, true), 'gre');
  assert.throws(
    () => choose('gre', 6, true),
    (error) => error instanceof RequestError && error.status === 400 && /geneve or vxlan/.test(error.message),
  );
});

test('networks have the MTU that encryption leaves, those that no tunnel carries all of it', () => {
  const mtus = (encryptsTunnels: boolean) =>
    (['geneve', 'vxlan', 'vlan'] as const).map((type) =>
      maximumMtu(type, { ...settings, physicalMtu: 1500, underlayFamily: 6, encryptsTunnels }),
    );
  assert.deepEqual(
    [mtus(false), mtus(true)],
    [
      [1422, 1430, 1500],
      [1385, 1393, 1500],
    ],
  );
});
