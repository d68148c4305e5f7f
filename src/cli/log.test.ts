import assert from 'node:assert/strict';
import { it } from 'node:test';
import { plainLine } from './log.ts';

it('a line of the log for a person has time, level, part, message and facts', () => {
  const time = new Date(2026, 0, 1, 12, 0, 1).getTime();
  const json = JSON.stringify({
    level: 40,
    time,
    pid: 1,
    hostname: 'h',
    part: 'engine',
    daemon: 'northd',
    msg: 'it died',
  });
  assert.equal(plainLine(json), '12:00:01 warn  engine: it died (daemon northd)\n');
});
