import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkFacts, portFacts } from '../../test/support/facts.ts';
import { Mac } from '../addressing/index.ts';
import { legChanges } from './trunks.ts';

const mac = Mac.parse('fa:16:3e:00:00:09');
const trunk = (...subports: string[]) =>
  portFacts(networkFacts([]), [], {
    subports: subports.map((portId, index) => ({ portId, mac, vlan: index + 1 })),
  });
const changes = (
  known: Record<string, ReturnType<typeof trunk>>,
  plugged: string[],
  legs: [string, string][],
) => {
  const { plug, unplug } = legChanges(
    new Set(plugged),
    { port: (id) => known[id] },
    legs.map(([subport, of]) => ({ subport, trunk: of })),
  );
  return { plug: plug.map(({ subport, trunk: of }) => `${subport} of ${of}`), unplug };
};

test('a trunk that is plugged in gets a leg for each subport, and no other has any', () => {
  const known = { t: trunk('s1', 's2'), u: trunk('s3') };
  assert.deepEqual(changes(known, ['t'], []), { plug: ['s1 of t', 's2 of t'], unplug: [] });
  assert.deepEqual(changes(known, ['t'], [['s1', 't']]), { plug: ['s2 of t'], unplug: [] });
});

test('legs go with the subport, and with the trunk', () => {
  const legs: [string, string][] = [
    ['s1', 't'],
    ['s2', 't'],
  ];
  assert.deepEqual(changes({ t: trunk('s2') }, ['t'], legs), { plug: [], unplug: ['s1'] });
  assert.deepEqual(changes({ t: trunk('s1', 's2') }, [], legs), { plug: [], unplug: ['s1', 's2'] });
});

test('a subport that is another trunk’s now has its leg there', () => {
  const known = { t: trunk(), u: trunk('s1') };
  assert.deepEqual(changes(known, ['t', 'u'], [['s1', 't']]), { plug: ['s1 of u'], unplug: [] });
});

test('while nothing is known of a trunk, what it has stays', () => {
  assert.deepEqual(changes({}, ['t'], [['s1', 't']]), { plug: [], unplug: [] });
});
