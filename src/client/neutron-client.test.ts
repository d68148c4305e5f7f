import assert from 'node:assert/strict';
import http from 'node:http';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { eventually } from '../../test/support/eventually.ts';
import { type Answer, listen, serve } from '../../test/support/http-server.ts';
import { NeutronApiError, NeutronClient, NoAnswerError } from './index.ts';
import type { Exchange } from './transport.ts';

function clientOf(t: TestContext, endpoint: string, headers: Record<string, string> = {}): NeutronClient {
  const client = NeutronClient.at(endpoint, { headers });
  t.after(() => client.close());
  return client;
}

test('create, show, update and delete: methods, paths and bodies', async (t) => {
  const { endpoint, received, connections } = await serve(t, ({ method }) =>
    method === 'DELETE' ? [204] : [200, { security_group_rule: { id: 'r1' } }],
  );
  const client = clientOf(t, `${endpoint}/v2.0/`, { 'X-Project-Id': 'p1' });
  const request = { security_group_id: 'g1', direction: 'ingress', protocol: 'tcp' } as const;
  assert.equal((await client.create('security_group_rule', request)).id, 'r1');
  await client.show('security_group_rule', 'r1', { fields: ['id', 'protocol'] });
  await client.delete('security_group_rule', 'a/b', { revision: 3 });
  assert.deepEqual(
    received.map(({ method, url, body }) => [method, url, body]),
    [
      ['POST', '/v2.0/security-group-rules', { security_group_rule: request }],
      ['GET', '/v2.0/security-group-rules/r1?fields=id&fields=protocol', undefined],
      ['DELETE', '/v2.0/security-group-rules/a%2Fb', undefined],
    ],
  );
  assert.equal(received[2]?.headers['if-match'], 'revision_number=3');
  assert.ok(received.every(({ headers }) => headers['x-project-id'] === 'p1'));
  assert.equal(connections(), 1, 'the connection is kept');
});

test('bulk create, tags and router interfaces', async (t) => {
  const { endpoint, received } = await serve(t, () => [200, { ports: [], port: {} }]);
  const client = clientOf(t, endpoint);
  await client.createBulk('port', [{ network_id: 'n1' }, { network_id: 'n2', name: 'b' }]);
  await client.update('port', 'p1', { name: 'a' });
  await client.setTags('port', 'p1', ['red']);
  await client.addRouterInterface('r1', { subnet_id: 's1' });
  await client.removeRouterInterface('r1', { port_id: 'p1' });
  assert.deepEqual(
    received.map(({ method, url, body }) => [method, url, body]),
    [
      ['POST', '/v2.0/ports', { ports: [{ network_id: 'n1' }, { network_id: 'n2', name: 'b' }] }],
      ['PUT', '/v2.0/ports/p1', { port: { name: 'a' } }],
      ['PUT', '/v2.0/ports/p1/tags', { tags: ['red'] }],
      ['PUT', '/v2.0/routers/r1/add_router_interface', { subnet_id: 's1' }],
      ['PUT', '/v2.0/routers/r1/remove_router_interface', { port_id: 'p1' }],
    ],
  );
});

test('a list follows the links to further pages, whatever host they name', async (t) => {
  const pages: Record<string, Answer> = {
    '/net/v2.0/networks?tags=a&tags=b&limit=2': [
      200,
      {
        networks: [{ id: '1' }, { id: '2' }],
        networks_links: [
          { rel: 'previous', href: 'http://internal/v2.0/networks?page_reverse=True' },
          { rel: 'next', href: 'http://internal/v2.0/networks?tags=a&tags=b&limit=2&marker=2' },
        ],
      },
    ],
    '/net/v2.0/networks?tags=a&tags=b&limit=2&marker=2': [200, { networks: [{ id: '3' }] }],
  };
  const { endpoint } = await serve(t, ({ url }) => pages[url] ?? [404]);
  const networks = await clientOf(t, `${endpoint}/net`).list('network', {
    tags: ['a', 'b'],
    limit: 2,
    marker: undefined,
  });
  assert.deepEqual(
    networks.map(({ id }) => id),
    ['1', '2', '3'],
  );
});

test('a refused request becomes an error with status, type, message and request', async (t) => {
  const bodies: Record<string, unknown> = {
    '/v2.0/ports/1': {
      NeutronError: { type: 'PortNotFound', message: 'Port 1 could not be found.', detail: 'd' },
    },
    '/v2.0/ports/2': { error: { code: 401, title: 'Unauthorized', message: 'Log in.' } },
    '/v2.0/ports/3': '<html>Bad Gateway</html>',
    '/v2.0/ports/4': { NeutronError: 'The resource could not be found.' },
    '/v2.0/ports/5': '',
  };
  const { endpoint } = await serve(t, ({ url }) => [404, bodies[url]]);
  const client = clientOf(t, endpoint);
  const errorOf = async (id: string) => {
    const error = await client.show('port', id).catch((reason: unknown) => reason);
    assert.ok(error instanceof NeutronApiError);
    const { status, type, message, detail, request } = error;
    return [status, type, message, detail, request];
  };
  assert.deepEqual(await errorOf('1'), [
    404,
    'PortNotFound',
    'Port 1 could not be found.',
    'd',
    'GET /v2.0/ports/1',
  ]);
  assert.deepEqual(await errorOf('2'), [404, 'Unauthorized', 'Log in.', '', 'GET /v2.0/ports/2']);
  assert.deepEqual(await errorOf('3'), [404, 'HTTP404', '<html>Bad Gateway</html>', '', 'GET /v2.0/ports/3']);
  assert.deepEqual(await errorOf('4'), [
    404,
    'HTTP404',
    'The resource could not be found.',
    '',
    'GET /v2.0/ports/4',
  ]);
  assert.match(String((await errorOf('5'))[2]), /GET \/v2.0\/ports\/5 was answered with status 404/);
});

test('an answer that is not the API is told from a resource', async (t) => {
  const { endpoint } = await serve(t, ({ url }) => [200, url === '/v2.0/networks' ? '<html>' : { hello: 1 }]);
  const client = clientOf(t, endpoint);
  await assert.rejects(client.list('network'), /not Neutron's. Is the endpoint right/);
  await assert.rejects(client.show('network', '1'), /not Neutron's/);
});

test('nobody there: the error says where and what to look at', async (t) => {
  const server = http.createServer();
  const endpoint = await listen(t, server);
  await new Promise((resolve) => server.close(resolve));
  const client = clientOf(t, endpoint);
  await assert.rejects(client.list('port'), (error) => {
    assert.ok(error instanceof NoAnswerError);
    assert.match(error.message, /GET http:\/\/\[::1\]:\d+\/v2.0\/ports got no answer: nobody listens there/);
    return true;
  });
  assert.throws(() => NeutronClient.at('localhost'), /"localhost" is not a URL/);
  assert.throws(() => NeutronClient.at('ftp://localhost'), /neither an http nor an https URL/);
});

test('time that runs out is an error, not a hang', async (t) => {
  const endpoint = await listen(t, http.createServer());
  const client = NeutronClient.at(endpoint, { timeoutMs: 20 });
  t.after(() => client.close());
  await assert.rejects(client.list('port'), /got no answer within 0.02 s/);
});

test('an answer without an end is given up, however fast it comes', async (t) => {
  const server = http.createServer((_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
    };
    response.on('drain', more);
    more();
  });
  const client = NeutronClient.at(await listen(t, server), { timeoutMs: 20_000, mostOctets: 1_000_000 });
  t.after(() => client.close());
  await assert.rejects(client.list('port'), /got no answer: it has more than 1000000 octets/);
});

test('the time that is given may be found out on the way', async (t) => {
  const endpoint = await listen(t, http.createServer());
  let milliseconds = 20;
  const patient = NeutronClient.at(endpoint, { timeoutMs: () => milliseconds });
  t.after(() => patient.close());
  milliseconds = 30;
  await assert.rejects(patient.list('port'), /got no answer within 0.03 s/);
});

test('who let all the time pass is not given as much again, until there is an answer', async (t) => {
  let silent = true;
  const server = http.createServer((_request, response) => silent || response.end('{"ports":[]}'));
  const client = NeutronClient.at(await listen(t, server), { timeoutMs: 400 });
  t.after(() => client.close());
  await assert.rejects(client.list('port'), /no answer within 0.4 s/);
  await assert.rejects(client.list('port'), /no answer within 0.02 s/);
  silent = false;
  await eventually('the server answers in time', async () => Array.isArray(await client.list('port')));
  silent = true;
  await assert.rejects(client.list('port'), /no answer within 0.4 s/);
});

test('a connection that the server closed while idle does not fail the next read', async (t) => {
  const server = http.createServer((_request, response) => response.end('{"networks":[]}'));
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  const client = clientOf(t, await listen(t, server));
  await client.list('network');
  sockets[0]!.resetAndDestroy();
  assert.deepEqual(await client.list('network'), []);
});

test('exchanges are shown to who asks for them', async (t) => {
  const { endpoint } = await serve(t, () => [200, { networks: [] }]);
  const seen: Exchange[] = [];
  const client = NeutronClient.at(endpoint, { onExchange: (exchange) => seen.push(exchange) });
  t.after(() => client.close());
  await client.list('network');
  assert.equal(seen[0]?.request.url.href, `${endpoint}/v2.0/networks`);
  assert.equal(seen[0]?.answer.body, '{"networks":[]}');
});
