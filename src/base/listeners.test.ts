import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Listeners } from './listeners.ts';

test('all are told, in their order, until they have enough', () => {
  const told: string[] = [];
  const listeners = new Listeners<number>();
  const end = listeners.add((value) => told.push(`one ${value}`));
  listeners.add((value) => told.push(`two ${value}`));
  listeners.tell(1);
  end();
  listeners.tell(2);
  assert.deepEqual(told, ['one 1', 'two 1', 'two 2']);
});
