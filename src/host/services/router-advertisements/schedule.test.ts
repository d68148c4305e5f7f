import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Schedule } from './schedule.ts';

test('news is told at once, twice more within 16 s each, and then every 200 to 600 s', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const [random, interval] of [
    [0, 200_000],
    [0.5, 400_000],
  ] as const) {
    let sent = 0;
    const schedule = new Schedule(
      () => sent++,
      () => random,
    );
    schedule.news(600);
    t.mock.timers.tick(0);
    assert.equal(sent, 1);
    t.mock.timers.tick(15_999);
    assert.equal(sent, 1);
    t.mock.timers.tick(1);
    assert.equal(sent, 2);
    t.mock.timers.tick(16_000);
    assert.equal(sent, 3);
    t.mock.timers.tick(interval - 1);
    assert.equal(sent, 3);
    t.mock.timers.tick(1);
    assert.equal(sent, 4);
    schedule.stop();
    t.mock.timers.tick(10_000_000);
    assert.equal(sent, 4);
  }
});

test('news one after the other waits: no two advertisements within 3 s', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let sent = 0;
  const schedule = new Schedule(() => sent++);
  schedule.news(600);
  t.mock.timers.tick(0);
  for (let times = 0; times < 10; times++) schedule.news(600);
  t.mock.timers.tick(2_000);
  assert.equal(sent, 1);
  t.mock.timers.tick(1_000);
  assert.equal(sent, 2);
  schedule.stop();
});
