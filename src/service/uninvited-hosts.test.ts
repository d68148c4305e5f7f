import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { eventually } from '../../test/support/eventually.ts';
import { quiet } from '../../test/support/stores.ts';
import type { Companions } from './port-places.ts';
import { UninvitedHosts } from './uninvited-hosts.ts';

/** Turns of the event loop, and no timer: a grace would need one. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A southbound database with one port. */
function watched(t: TestContext, graceMs: number, first: Companions = { actual: [], wanted: [] }) {
  let companions: Companions | undefined = first;
  let tell: (ports: ReadonlySet<string>) => void = () => {};
  const releases: string[] = [];
  const change = (next: Companions | undefined) => {
    companions = next;
    tell(new Set(['p']));
  };
  const watch = new UninvitedHosts({
    log: quiet,
    graceMs,
    places: {
      ports: function* () {
        yield 'p';
      },
      companionsOf: () => companions,
      release: async (port, hosts) => {
        releases.push(`${port} ${hosts.join()}`);
        const { actual = [], wanted = [] } = companions ?? {};
        change({ actual: actual.filter((host) => !hosts.includes(host)), wanted });
      },
      onMove: (listener) => {
        tell = listener;
        return () => {};
      },
    },
  });
  t.after(() => watch.stop());
  return { change, releases, actual: () => companions?.actual.join() };
}

test('a host that nobody moves a port to is taken off it, also when it came while nobody looked', async (t) => {
  const { releases, actual } = watched(t, 1, { actual: ['liar', 'target'], wanted: ['target'] });
  await eventually('it is off', async () => releases.length > 0);
  assert.deepEqual(releases, ['p liar']);
  assert.equal(actual(), 'target');
});

test('a host has time to take itself off a port that does not move there any more', async (t) => {
  const { change, releases } = watched(t, 3_600_000, { actual: ['h2'], wanted: ['h2'] });
  await turns();
  change({ actual: ['h2'], wanted: [] });
  await turns();
  assert.deepEqual(releases, []);
});

test('a host that was taken off has no time when it comes again, and is welcome once it is to come', async (t) => {
  const { change, releases, actual } = watched(t, 200, { actual: ['liar'], wanted: [] });
  await eventually('it is off', async () => releases.length === 1);
  change({ actual: ['liar'], wanted: [] });
  await turns();
  assert.equal(releases.length, 2);
  change({ actual: ['liar'], wanted: ['liar'] });
  await turns();
  assert.equal(actual(), 'liar');
  change(undefined);
  change({ actual: ['liar'], wanted: ['liar'] });
  await turns();
  assert.equal(releases.length, 2);
});
