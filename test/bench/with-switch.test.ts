import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sextant } from '../support/command.ts';

/** With the samples that each takes. */
const benchmarks = {
  'first-ping': 2,
  'first-ping-ovn': 2,
  'ping-past-the-guard': 200,
  'floating-first-ping': 2,
  'floating-first-ping-ovn': 2,
  'nat64-tcp': 5,
  'nptv6-packets': 5,
  'dhcpv6-flood': 20,
  'guard-1000': 3,
} as const;

test('a Sextant of its own: what needs its switch, by the API and past it', async () => {
  const only = Object.keys(benchmarks).map((id) => `--only ${id}`);
  const { status, out, err } = await sextant('', `bench --pings 2 ${only.join(' ')} -f json`);
  assert.equal(status, 0, err);
  const { rows } = JSON.parse(out);
  assert.deepEqual(
    rows.map(({ id }: { id: string }) => id),
    Object.keys(benchmarks),
  );
  for (const { id, outcomes } of rows) {
    const most = benchmarks[id as keyof typeof benchmarks];
    const { samples, median, memory } = outcomes[0];
    assert.ok(samples > most / 2 && samples <= most, `${id}: ${JSON.stringify(outcomes[0])}`);
    assert.ok(median > 0 && memory > 0, id);
  }
});
