import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressSetRef } from '../names.ts';
import { planMember } from './plan.ts';

test('an address is a member of its family’s set in the form that sets have', () => {
  assert.deepEqual(planMember({ groupId: 'a', address: 'fd00::1/128', isIn: true }), [
    { holder: addressSetRef('a', 6), member: 'fd00::1', isIn: true },
  ]);
  assert.deepEqual(planMember({ groupId: 'a', address: '10.0.0.0/8', isIn: false }), [
    { holder: addressSetRef('a', 4), member: '10.0.0.0/8', isIn: false },
  ]);
});
