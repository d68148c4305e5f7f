import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { networkFacts, portFacts } from '../../../../test/support/facts.ts';
import { serve } from '../../../../test/support/http-server.ts';
import { Address } from '../../../addressing/index.ts';
import { novaUpstream } from './metadata-upstream.ts';

const from = Address.parse('fe80::1');
const port = (deviceId: string) => ({
  id: 'port',
  facts: portFacts(networkFacts([]), [], { deviceId, projectId: 'red' }),
});

test('Nova is asked in its own way, and answers what the instance gets', async (t) => {
  const { endpoint, received } = await serve(t, () => [200, 'hello', { 'content-type': 'text/plain' }]);
  const nova = novaUpstream({ url: `${endpoint}/`, secret: 'secret' });
  const answer = await nova.ask(port('web'), from, '/latest/user-data');
  assert.deepEqual(
    { ...answer, body: answer.body.toString() },
    { status: 200, type: 'text/plain', body: 'hello' },
  );
  const [{ method, url, headers }] = received as [(typeof received)[number]];
  assert.equal(`${method} ${url}`, 'GET /latest/user-data');
  assert.equal(headers['x-instance-id'], 'web');
  assert.equal(headers['x-tenant-id'], 'red');
  assert.equal(headers['x-forwarded-for'], 'fe80::1');
  assert.equal(
    headers['x-instance-id-signature'],
    createHmac('sha256', 'secret').update('web').digest('hex'),
  );
});

test('what Nova refuses is refused, and a port of no instance is not asked for', async (t) => {
  const { endpoint, received } = await serve(t, () => [404, 'no']);
  const nova = novaUpstream({ url: endpoint, secret: 'secret' });
  assert.equal((await nova.ask(port('web'), from, '/x')).status, 404);
  assert.equal((await nova.ask(port(''), from, '/x')).status, 404);
  assert.equal(received.length, 1);
});

test('an answer without end is given up, and so is a server that is not there', async (t) => {
  const { endpoint } = await serve(t, () => [200, 'x'.repeat(3 * 1024 * 1024)]);
  await assert.rejects(novaUpstream({ url: endpoint, secret: 's' }).ask(port('web'), from, '/'), /octets/);
  const nobody = novaUpstream({ url: 'http://[::1]:1', secret: 's' });
  await assert.rejects(nobody.ask(port('web'), from, '/'), /ECONNREFUSED/);
});
