import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { networkFacts, portFacts, subnetFacts } from '../../../test/support/facts.ts';
import { KnownFacts } from '../../../test/support/known-facts.ts';
import { Mac } from '../../addressing/index.ts';
import type { Rules } from '../../openflow/rule-set.ts';
import type { Wiring } from '../../switch/instance-port.ts';
import { GuardPlan } from './guard-plan.ts';

const net = (id: string) => networkFacts([subnetFacts('fd00::/64')], { id });
const port = (number: number) =>
  portFacts(net('net'), [`fd00::${number.toString(16)}`], { mac: Mac.of(BigInt(number)) });
const wiring = (number: number): Wiring => ({ instance: number, patch: 100 + number });

function setting(count = 0) {
  const facts = new KnownFacts();
  const plan = new GuardPlan(facts, () => []);
  facts.onChange((change) => plan.note(change));
  facts.setNetwork('net', net('net'));
  for (let number = 1; number <= count; number++) facts.setPort(`p${number}`, 'net', port(number));
  return { facts, plan };
}

const names = (changes: Map<string, Rules | undefined>) =>
  Array.from(changes, ([name, rules]) => (rules === undefined ? `-${name}` : name)).sort();

test('a port that is plugged in brings its rules, and those of all addresses of its network', () => {
  const { plan } = setting(2);
  assert.deepEqual(names(plan.update(new Map([['p1', wiring(1)]]))), [
    'network net',
    'owner p1',
    'owner p2',
    'port p1',
    'shared',
  ]);
  assert.ok(plan.guards('p1') && !plan.guards('p2'));
});

test('the last one that is plugged out takes them with it', () => {
  const { plan } = setting(2);
  plan.update(new Map([['p1', wiring(1)]]));
  assert.deepEqual(names(plan.update(new Map())), ['-network net', '-owner p1', '-owner p2', '-port p1']);
  assert.equal(plan.guards('p1'), false);
});

test('a port without facts, or of an unknown network, has no rules until they are known', () => {
  const { facts, plan } = setting();
  const plugged = new Map([['p1', wiring(1)]]);
  assert.deepEqual(names(plan.update(plugged)), ['shared']);
  facts.setPort('p1', 'later', port(1));
  assert.deepEqual(names(plan.update(plugged)), []);
  facts.setNetwork('later', net('later'));
  assert.deepEqual(names(plan.update(plugged)), ['network later', 'owner p1', 'port p1']);
  facts.setPort('p1', 'later', undefined);
  assert.deepEqual(names(plan.update(plugged)), ['-network later', '-owner p1', '-port p1']);
  assert.equal(plan.guards('p1'), false);
});

test('a port of a router of ours is not guarded: nobody plugs one in', () => {
  const { facts, plan } = setting();
  facts.setPort('p1', 'net', { ...port(1), isRouterPort: true });
  plan.update(new Map([['p1', wiring(1)]]));
  assert.equal(plan.guards('p1'), false);
});

test('a change costs what changes, however many ports there are', () => {
  const { facts, plan } = setting(100);
  const plugged = new Map([['p1', wiring(1)]]);
  plan.update(plugged);
  assert.deepEqual(names(plan.update(plugged)), []);
  facts.setPort('p50', 'net', port(150));
  assert.deepEqual(names(plan.update(plugged)), ['owner p50']);
  facts.setPort('p51', 'elsewhere', port(51));
  assert.deepEqual(names(plan.update(plugged)), ['-owner p51']);
  facts.setNetwork('unseen', net('unseen'));
  assert.deepEqual(names(plan.update(plugged)), []);
  assert.deepEqual(names(plan.update(new Map([['p1', { instance: 7, patch: 8 }]]))), ['owner p1', 'port p1']);
});

test('whatever happened before, the rules are those of a plan that begins now', () => {
  const ids = fc.constantFrom('p1', 'p2', 'p3', 'p4');
  const networks = fc.constantFrom('a', 'b');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('port' as const), id: ids, network: networks, number: fc.nat(9) }),
    fc.record({ kind: fc.constant('no port' as const), id: ids }),
    fc.record({ kind: fc.constant('plug' as const), id: ids, number: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('unplug' as const), id: ids }),
    fc.record({ kind: fc.constant('network' as const), network: networks, is: fc.boolean() }),
    fc.record({ kind: fc.constant('update' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const facts = new KnownFacts();
      const plan = new GuardPlan(facts, () => []);
      facts.onChange((change) => plan.note(change));
      const plugged = new Map<string, Wiring>();
      const rules = new Map<string, Rules>();
      const update = () => {
        for (const [name, changed] of plan.update(plugged)) {
          if (changed === undefined) rules.delete(name);
          else rules.set(name, changed);
        }
      };
      for (const one of steps) {
        if (one.kind === 'port') facts.setPort(one.id, one.network, port(one.number + 1));
        else if (one.kind === 'no port') facts.setPort(one.id, 'a', undefined);
        else if (one.kind === 'plug') plugged.set(one.id, wiring(one.number));
        else if (one.kind === 'unplug') plugged.delete(one.id);
        else if (one.kind === 'network') facts.setNetwork(one.network, one.is ? net(one.network) : undefined);
        else update();
      }
      update();
      const fresh = new GuardPlan(facts, () => []).update(plugged);
      assert.deepEqual(new Map([...rules].sort()), new Map([...fresh].sort()));
    }),
  );
});
