import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAllowed } from './credentials.ts';

const fits = (pattern: string, path: string): boolean =>
  isAllowed([{ service: 'network', method: 'GET', path: pattern }], {
    service: 'network',
    method: 'GET',
    path,
  });

test('parts of a rule’s path stand for themselves, for any part, or for any number of them', () => {
  for (const [pattern, path, expected] of [
    ['/v2.0/networks', '/v2.0/networks', true],
    ['/v2.0/networks', '/v2x0/networks', false],
    ['/v2.0/networks', '/v2.0/networks/a', false],
    ['/v2.0/networks/*', '/v2.0/networks/a', true],
    ['/v2.0/networks/{id}', '/v2.0/networks/a', true],
    ['/v2.0/networks/*', '/v2.0/networks/', false],
    ['/v2.0/networks/*', '/v2.0/networks/a/tags', false],
    ['/v2.0/*/a/tags', '/v2.0/networks/a/tags', true],
    ['/v2.0/**', '/v2.0/networks/a/tags', true],
    ['/**/tags', '/v2.0/networks/a/tags', true],
    ['/**/tags', '/v2.0/tags/a', false],
    ['/**/a/**/c', '/a/b/a/b/c', true],
    ['**', '/anything/at/all', true],
  ] as const)
    assert.equal(fits(pattern, path), expected, `${pattern} ${path}`);
});

test('a rule is for its service and method, and no rules are for nothing', () => {
  const request = { service: 'network', method: 'GET', path: '/a' };
  assert.ok(isAllowed(null, request));
  assert.ok(!isAllowed([], request));
  assert.ok(!isAllowed([{ ...request, service: 'identity' }], request));
  assert.ok(!isAllowed([{ ...request, method: 'POST' }], request));
});

test('a rule that could match in many ways is looked at in no time', () => {
  const pattern = '/**/a'.repeat(200);
  assert.ok(!fits(`${pattern}/b`, '/a'.repeat(2000)));
});
