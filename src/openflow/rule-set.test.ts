import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareFlows } from './bundle.ts';
import type { EncodedFlow, Flow } from './flow.ts';
import { compareMeters, type Meter } from './meter.ts';
import { RuleSet } from './rule-set.ts';

const flow = (inPort: number, output = 9): Flow => ({
  table: 0,
  priority: 1,
  match: { inPort },
  verdict: { output },
});
const meters = (...numbers: number[]) =>
  new Map(numbers.map((number) => [number, { rate: number, burst: 1 }]));
const counts = ({ flows, meters }: ReturnType<RuleSet['takeChanges']>) =>
  [flows.add.length, flows.remove.length, meters.add.size, meters.modify.size, meters.remove.size].join(' ');

test('changes are what came, went or is another since they were last taken', () => {
  const rules = new RuleSet();
  rules.put('one', { flows: [flow(1), flow(2)], meters: meters(1, 2) });
  assert.equal(counts(rules.takeChanges()), '2 0 2 0 0');
  assert.equal(counts(rules.takeChanges()), '0 0 0 0 0');
  rules.put('one', { flows: [flow(1), flow(2, 7), flow(3)], meters: new Map([[1, { rate: 5, burst: 1 }]]) });
  assert.equal(counts(rules.takeChanges()), '2 0 0 1 1');
  rules.put('one', undefined);
  assert.equal(counts(rules.takeChanges()), '0 3 0 0 1');
});

test('a flow that several names have goes with the last of them', () => {
  const rules = new RuleSet();
  rules.put('one', { flows: [flow(1)] });
  rules.put('other', { flows: [flow(1)] });
  rules.takeChanges();
  rules.put('one', undefined);
  assert.equal(counts(rules.takeChanges()), '0 0 0 0 0');
  rules.put('other', undefined);
  assert.equal(counts(rules.takeChanges()), '0 1 0 0 0');
});

test('what changes and changes back is no change', () => {
  const rules = new RuleSet();
  rules.put('one', { flows: [flow(1)], meters: meters(1) });
  rules.takeChanges();
  rules.put('one', undefined);
  rules.put('one', { flows: [flow(1)], meters: meters(1) });
  assert.equal(counts(rules.takeChanges()), '0 0 0 0 0');
});

test('a bridge that gets all changes has what was put last, and nothing else', () => {
  const change = fc.tuple(
    fc.constantFrom('one', 'two', 'three'),
    fc.option(fc.uniqueArray(fc.nat(4)), { nil: undefined }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(change, fc.boolean())), (steps) => {
      const rules = new RuleSet();
      const bridge = { flows: new Map<string, EncodedFlow>(), meters: new Map<number, Meter>() };
      const last = new Map<string, readonly number[]>();
      const apply = () => {
        const { flows, meters } = rules.takeChanges();
        const identity = ({ match }: EncodedFlow) => match.toString('hex');
        for (const gone of flows.remove) assert.ok(bridge.flows.delete(identity(gone)));
        for (const added of flows.add) bridge.flows.set(identity(added), added);
        for (const number of meters.remove) assert.ok(bridge.meters.delete(number));
        for (const [number, meter] of [...meters.add, ...meters.modify]) bridge.meters.set(number, meter);
      };
      for (const [[name, numbers], isApplied] of steps) {
        rules.put(
          name,
          numbers && { flows: numbers.map((number) => flow(number)), meters: meters(...numbers) },
        );
        last.set(name, numbers ?? []);
        if (isApplied) apply();
      }
      apply();
      assert.deepEqual(compareFlows(bridge.flows.values(), rules.flows()), { add: [], remove: [] });
      const difference = compareMeters(bridge.meters, rules.meters());
      assert.equal(difference.add.size + difference.modify.size + difference.remove.size, 0);
      assert.equal(bridge.flows.size, new Set([...last.values()].flat()).size);
    }),
  );
});
