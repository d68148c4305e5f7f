import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type GatewayCandidate,
  GatewayLoad,
  type GatewayPlace,
  mostHosts,
  placeGateway,
  takenOver,
} from './gateway-schedule.ts';

const candidate = (name: string, facts: Partial<GatewayCandidate> = {}): GatewayCandidate => ({
  chassis: name,
  host: name,
  isEnabled: true,
  isAlive: true,
  isOutOfReach: false,
  isApart: false,
  ...facts,
});
const [a, b, c] = ['a', 'b', 'c'].map((name) => candidate(name)) as [
  GatewayCandidate,
  GatewayCandidate,
  GatewayCandidate,
];
const names = (places: readonly GatewayPlace[]) => places.map(({ chassis }) => chassis).join('');

/** Places so many gateways one after the other. */
function spread(count: number, candidates: readonly GatewayCandidate[]): GatewayPlace[][] {
  const load = new GatewayLoad();
  return Array.from({ length: count }, () => {
    const places = placeGateway([], candidates, load);
    load.count(places, 1);
    return places;
  });
}

test('the one host there is has every gateway', () => {
  assert.deepEqual(placeGateway([], [a], new GatewayLoad()), [
    { chassis: 'a', host: 'a', reason: 'fewest other gateways in this place: 0' },
  ]);
  assert.deepEqual(placeGateway([], [], new GatewayLoad()), []);
});

test('gateways are spread, and so is who takes over', () => {
  const all = spread(6, [c, a, b]);
  assert.deepEqual(all.map(names), ['abc', 'bac', 'cab', 'acb', 'bca', 'cba']);
});

test('whoever comes stands by, and nothing moves', () => {
  const held = placeGateway([], [b], new GatewayLoad());
  assert.equal(names(placeGateway(held, [a, b, c], new GatewayLoad())), 'bac');
});

test('a host that no tunnel leads to comes last, and has alone what it had before there were others', () => {
  const apart = candidate('0', { isApart: true });
  const all = [apart, a, b];
  const place = (held: readonly GatewayPlace[], candidates: readonly GatewayCandidate[]) =>
    placeGateway(held, candidates, new GatewayLoad());
  assert.equal(names(place([], all)), 'ab0');
  const alone = placeGateway([], [candidate('0')], new GatewayLoad());
  assert.equal(names(place(alone, all)), '0', 'nobody stands by who cannot hear of it');
  const drained = { ...apart, isEnabled: false };
  assert.equal(names(place(alone, [drained, a, b])), 'ab0', 'until it is drained');
  const left = place(place([], all), [apart]);
  assert.equal(names(left), '0');
  assert.equal(names(place(left, all)), 'ab0', 'and what was left to it goes to who comes back');
});

test('the next in turn has the gateway of who goes', () => {
  const held = placeGateway([], [a, b, c], new GatewayLoad());
  assert.equal(names(placeGateway(held, [b, c], new GatewayLoad())), 'bc');
});

test('who is disabled comes last, and is not put back when it is enabled again', () => {
  const held = placeGateway([], [a, b, c], new GatewayLoad());
  const disabled = candidate('a', { isEnabled: false });
  const moved = placeGateway(held, [disabled, b, c], new GatewayLoad());
  assert.equal(names(moved), 'bca');
  assert.equal(moved.at(-1)?.reason, 'disabled: after all others');
  assert.equal(names(placeGateway(moved, [a, b, c], new GatewayLoad())), 'bca');
  assert.equal(names(placeGateway([], [disabled], new GatewayLoad())), 'a', 'better than none');
});

test('who is out of reach comes last, and stands by when it is back', () => {
  const load = new GatewayLoad();
  const held = placeGateway([], [a, b], load);
  const cut = placeGateway(held, [candidate('a', { isOutOfReach: true }), b], load);
  assert.equal(names(cut), 'ba');
  assert.equal(cut[1]?.reason, 'out of reach of the external network: after all others');
  assert.deepEqual(takenOver(cut, 'a', [candidate('a', { isOutOfReach: true }), b]), cut);
  const back = placeGateway(cut, [a, b, c], load);
  assert.equal(names(back), 'bac');
  assert.equal(back[1]?.reason, 'fewest other gateways in this place: 0');
});

test('a host that is not heard of gets nothing new before others, and keeps what it has', () => {
  const silent = candidate('a', { isAlive: false });
  assert.equal(names(placeGateway([], [silent, b], new GatewayLoad())), 'ba');
  const held = placeGateway([], [a, b], new GatewayLoad());
  assert.equal(names(placeGateway(held, [silent, b], new GatewayLoad())), 'ab');
});

test('a gateway that is not to fail over is on one host, and stays there until that is disabled', () => {
  const load = new GatewayLoad();
  const [first] = placeGateway([], [a, b, c], load, mostHosts(false));
  assert.equal(names([first!]), 'a');
  const dead = candidate('a', { isAlive: false });
  assert.equal(names(placeGateway([first!], [dead, b, c], load, mostHosts(false))), 'a');
  const disabled = candidate('a', { isEnabled: false });
  assert.equal(names(placeGateway([first!], [disabled, b, c], load, mostHosts(false))), 'b');
  const all = placeGateway([first!], [a, b, c], load, mostHosts(true));
  assert.equal(names(all), 'abc');
  assert.equal(names(placeGateway(all, [a, b, c], load, mostHosts(false))), 'a', 'nobody stands by any more');
});

test('of many hosts five are enough', () => {
  const many = Array.from({ length: 9 }, (_, index) => candidate(`h${index}`));
  assert.equal(placeGateway([], many, new GatewayLoad()).length, 5);
});

test('no host has more than one gateway more than another, and placing again changes nothing', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.integer({ min: 1, max: 7 }), (count, hosts) => {
      const candidates = Array.from({ length: hosts }, (_, index) => candidate(`h${index}`));
      const all = spread(count, candidates);
      const first = candidates.map(
        ({ chassis }) => all.filter(([place]) => place?.chassis === chassis).length,
      );
      assert.ok(Math.max(...first) - Math.min(...first) <= 1);
      for (const places of all) assert.deepEqual(placeGateway(places, candidates, new GatewayLoad()), places);
    }),
  );
});

test('whoever took a gateway over keeps it, and who had it stands by', () => {
  const held = placeGateway([], [a, b, c], new GatewayLoad());
  const after = takenOver(held, 'c', [a, b, c]);
  assert.equal(names(after), 'cab');
  assert.equal(after[0]?.reason, 'took over from a');
  assert.equal(takenOver(after, 'c', [a, b, c]), after);
  assert.equal(takenOver(held, 'elsewhere', [a, b, c]), held);
});

test('a host that was disabled keeps nothing that it is still found on', () => {
  const held = placeGateway([], [a, b, c], new GatewayLoad());
  assert.equal(takenOver(held, 'c', [a, b, candidate('c', { isEnabled: false })]), held);
});
