import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JournalAge } from './journal-age.ts';

test('an entry is as old as the first commit after which it was seen', () => {
  const age = new JournalAge();
  age.saw(0, 0, 0);
  assert.equal(age.oldest(100), undefined);
  age.committed(200);
  age.committed(300);
  age.saw(2, 0, 400);
  age.saw(3, 0, 500);
  assert.equal(age.oldest(600), 400, 'of the commit at 200');
  age.saw(3, 2, 700);
  assert.equal(age.oldest(800), 300, 'of what another process committed, seen at 500');
  age.saw(3, 3, 900);
  assert.equal(age.oldest(900), undefined);
});

test('what is remembered is bounded, and keeps the oldest', () => {
  const age = new JournalAge();
  for (let end = 1; end <= 10_000; end++) age.saw(end, 0, end);
  assert.equal(age.oldest(10_000), 9_999);
  age.saw(10_000, 9_999, 10_000);
  assert.equal(age.oldest(10_000), 0);
});

test('how long commits of this process waited is told once, when they are in the database', () => {
  const age = new JournalAge();
  age.committed(100);
  assert.deepEqual(age.saw(1, 0, 110), []);
  assert.deepEqual(age.saw(2, 0, 120), [], 'of another process');
  age.committed(200);
  age.saw(3, 0, 200);
  assert.deepEqual(age.applied(2, 250), [150]);
  assert.deepEqual(age.saw(3, 3, 260), [60]);
  assert.deepEqual(age.applied(3, 270), []);
});
