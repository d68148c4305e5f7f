import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, type Received, serve } from '../../test/support/http-server.ts';
import { NeutronClient } from './neutron-client.ts';
import { probeCapabilities } from './probe-capabilities.ts';

const refuse = (message: string): Answer => [400, { NeutronError: { type: 'HTTPBadRequest', message } }];

/** As Neutron 21 answers, without authentication. */
function neutron({ method, url, body }: Received): Answer {
  if (url.includes('anycast')) return [404, { NeutronError: { type: 'HTTPNotFound', message: 'no' } }];
  if (method === 'GET') return [200, {}];
  const [[, wish]] = Object.entries(body as Record<string, object>) as [[string, object]];
  if (!('tenant_id' in wish))
    return refuse('Running without keystone AuthN requires that tenant_id is specified');
  const unknown = Object.keys(wish).filter((name) => !['name', 'tenant_id', 'network_id'].includes(name));
  return refuse(`Unrecognized attribute(s) '${unknown.join(', ')}'`);
}

test('resources, attributes and the owner are found out by refusals alone', async (t) => {
  const { endpoint, received } = await serve(t, neutron);
  const client = NeutronClient.at(endpoint);
  t.after(() => client.close());
  const capabilities = await probeCapabilities(client);
  assert.ok(!capabilities.has('anycast_address'));
  assert.ok(capabilities.has('port.network_id'));
  assert.ok(!capabilities.has('port.address_policy'));
  assert.deepEqual(capabilities.fit('network', { name: 'n' }, 'red'), { name: 'n', tenant_id: 'red' });
  const posts = received.filter(({ method }) => method === 'POST');
  assert.ok(posts.every(({ body }) => JSON.stringify(body).includes('no_such_attribute_of_any')));
});

test('an API that refuses in other words is taken to have all', async (t) => {
  const { endpoint } = await serve(t, ({ method }) => (method === 'GET' ? [200, {}] : refuse('No.')));
  const client = NeutronClient.at(endpoint);
  t.after(() => client.close());
  assert.ok((await probeCapabilities(client)).has('port.address_policy'));
});
