import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routesWith, routesWithout } from './extra-routes.ts';

const route = (number: number) => ({ destination: `fd00:${number}::/64`, nexthop: 'fd00::9' });
const body = (...numbers: number[]) => ({ router: { routes: numbers.map(route) } });
const there = { routes: [route(1), route(2)] };

test('routes are added beside those that are there, each once', () => {
  assert.deepEqual(routesWith(there, body(2, 3)), [route(1), route(2), route(3)]);
});

test('routes are taken away, also those that are not there', () => {
  assert.deepEqual(routesWithout(there, body(2, 3)), [route(1)]);
});

test('a request that names none in its form is refused', () => {
  for (const wrong of [{}, { routes: [] }, { router: {} }]) assert.throws(() => routesWith(there, wrong));
});
