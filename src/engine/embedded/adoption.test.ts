import assert from 'node:assert/strict';
import { test } from 'node:test';
import { originOf } from '../../linux/index.ts';
import { differenceOf, whatDiffers } from './adoption.ts';

const found = { command: ['a', '-b'], environment: ['X=1'], program: '8/1', namespace: '4/2' };

test('a process is the one that is wanted when it would be started like that now', () => {
  assert.equal(differenceOf(found, { ...found }), undefined);
  const others = [
    [{ program: '8/7' }, /program/],
    [{ namespace: '4/7' }, /namespace/],
    [{ command: ['a', '-c'] }, /command line/],
    [{ environment: ['X=2'] }, /settings/],
  ] as const;
  for (const [change, words] of others)
    assert.match(differenceOf(found, { ...found, ...change }) ?? '', words);
});

test('what a process was started with is read from the kernel', () => {
  assert.ok(originOf(process.pid)!.environment.includes(`PATH=${process.env.PATH}`));
  const how = { environment: {}, namespace: null };
  assert.match(whatDiffers(process.pid, { ...how, command: [process.execPath, 'x'] }) ?? '', /command line/);
  assert.match(whatDiffers(process.pid, { ...how, command: ['/bin/sh'] }) ?? '', /program/);
});
