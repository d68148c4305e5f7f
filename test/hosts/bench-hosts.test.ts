/** `sextant bench --hosts` as users run it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sextant } from '../support/command.ts';

test('hosts join and are measured: between two of them, and on one', async () => {
  const only = ['join', 'ping-local', 'ping-geneve', 'first-ping-across'];
  const words = only.map((id) => `--only ${id}`).join(' ');
  const { status, out, err } = await sextant('', `bench --hosts 2 --pings 1 ${words} -f json`);
  assert.equal(status, 0, err);
  const { rows } = JSON.parse(out) as {
    rows: {
      id: string;
      outcomes: { samples: number; median: number; hostMemory: Record<string, number> }[];
    }[];
  };
  const samples = new Map(rows.map(({ id, outcomes }) => [id, outcomes[0]!.samples]));
  assert.deepEqual([samples.get('join'), samples.get('first-ping-across')], [2, 1]);
  for (const { id, outcomes } of rows) {
    assert.ok(outcomes[0]!.median > 0, id);
    assert.deepEqual(Object.keys(outcomes[0]!.hostMemory).sort(), ['agent', 'ovn-controller'], id);
  }
});
