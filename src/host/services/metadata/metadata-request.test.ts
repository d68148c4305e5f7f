import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address } from '../../../addressing/index.ts';
import { type AskedFor, judgeRequest } from './metadata-request.ts';
import { novaHeaders } from './metadata-upstream.ts';

const get = (url: string, more: Partial<AskedFor> = {}) =>
  judgeRequest({ method: 'GET', url, headers: {}, ...more });

test('paths of the layouts are taken as they stand, without a query', () => {
  for (const path of [
    '/',
    '/openstack',
    '/openstack/latest/meta_data.json',
    '/latest/meta-data/public-keys/0/openssh-key',
    '/latest/meta-data/network/interfaces/macs/fa:16:3e:00:00:01/',
  ])
    assert.deepEqual(get(path), { path });
  assert.deepEqual(get('/latest/?recursive=true'), { path: '/latest/' });
});

test('tricks are answered as if there were nothing', () => {
  for (const url of [
    '/latest/../etc/passwd',
    '/./latest',
    '/latest/..',
    '/%2e%2e/latest',
    '//latest',
    '/latest//user-data',
    '/latest\\user-data',
    'http://other/latest',
    '*',
    '/latest;x',
    '/lätest',
  ])
    assert.deepEqual(
      'status' in get(url) && get(url),
      { status: 404, reason: 'There is nothing of this name.' },
      url,
    );
});

test('nothing is written, and no body taken', () => {
  for (const method of ['PUT', 'POST', 'DELETE', 'OPTIONS'])
    assert.equal('status' in get('/latest/api/token', { method }), true);
  const bodies = [{ 'content-length': '1' }, { 'transfer-encoding': 'chunked' }, { 'content-length': '-1' }];
  for (const headers of bodies) {
    const judgement = get('/latest', { headers });
    assert.ok('status' in judgement && judgement.status === 413);
  }
  assert.ok('path' in get('/latest', { method: 'HEAD', headers: { 'content-length': '0' } }));
});

test('whatever passes has no part that a file system or another server would take for something else', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('/', '.', 'a', '%', '2', 'e', '?', '\\', ':') }),
      (text) => {
        const judgement = get(`/${text}`);
        if (!('path' in judgement)) return;
        assert.doesNotMatch(judgement.path, /%|\\|\/\/|\?/);
        assert.ok(!judgement.path.split('/').some((part) => part === '.' || part === '..'));
      },
    ),
  );
});

test("Nova's headers: the instance's id is signed", () => {
  const headers = novaHeaders({ deviceId: 'I', projectId: 'P' }, Address.parse('fe80::1'), 'secret');
  assert.deepEqual(headers, {
    'X-Forwarded-For': 'fe80::1',
    'X-Instance-ID': 'I',
    'X-Tenant-ID': 'P',
    'X-Instance-ID-Signature': createHmac('sha256', 'secret').update('I').digest('hex'),
  });
});
