import assert from 'node:assert/strict';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { startTestApi, type TestApi } from '../../test/support/api.ts';

describe('what the HTTP server refuses itself', () => {
  let api: TestApi;
  let port: number;
  before(async () => {
    api = await startTestApi();
    await api.app.listen({ host: '::1', port: 0 });
    port = (api.app.server.address() as AddressInfo).port;
  });
  after(() => api.close());

  /** The answer to what is sent as it stands. */
  async function answerTo(sent: string): Promise<{ status: number; type: unknown; message: unknown }> {
    const socket = connect({ host: '::1', port });
    socket.end(sent);
    const answer = await text(socket);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    const { NeutronError: error, ...rest } = JSON.parse(body);
    assert.deepEqual(rest, {});
    assert.equal(error.detail, '');
    return { status: Number(head.split(' ')[1]), type: error.type, message: error.message };
  }

  const request = (line: string, headers: readonly string[] = [], body = ''): string =>
    [`${line} HTTP/1.1`, 'Host: [::1]', 'Connection: close', ...headers, '', body].join('\r\n');

  const withBody = (type: string, body: string, length = body.length): string =>
    request('POST /v2.0/networks', [`Content-Type: ${type}`, `Content-Length: ${length}`], body);

  for (const [what, sent, status, type, words] of [
    ['an unknown path', request('GET /v2.0/nets'), 404, 'HTTPNotFound', /could not be found/],
    [
      'a method that a path has not',
      request('PATCH /v2.0/networks/x'),
      405,
      'HTTPMethodNotAllowed',
      /PATCH.*GET.*PUT.*DELETE/,
    ],
    ['a path that is too long', request(`GET /v2.0/ports/${'x'.repeat(301)}`), 414, 'HTTPBadRequest', /300/],
    [
      'a path that cannot be decoded',
      request('GET /v2.0/ports/%zz?a=b'),
      400,
      'HTTPBadRequest',
      /'\/v2.0\/ports\/%zz'/,
    ],
    ['bad JSON', withBody('application/json', '{"network":'), 400, 'HTTPBadRequest', /JSON/],
    ['no JSON', withBody('application/xml', '<network/>'), 400, 'HTTPBadRequest', /JSON/],
    [
      'a body over the limit',
      withBody('application/json', '', 9_000_000),
      413,
      'HTTPBadRequest',
      /too large/,
    ],
    ['no HTTP', '\u0016\u0003\u0001', 400, 'HTTPBadRequest', /well-formed/],
    ['a method that HTTP has not', request('LOOK /v2.0/networks'), 400, 'HTTPBadRequest', /well-formed/],
    [
      'endless headers',
      request('GET /', [`X-Long: ${'x'.repeat(70_000)}`]),
      431,
      'HTTPBadRequest',
      /headers/,
    ],
  ] as const) {
    it(`${what}: ${status} in Neutron’s form`, async () => {
      const answer = await answerTo(sent);
      assert.equal(answer.status, status);
      assert.equal(answer.type, type);
      assert.match(String(answer.message), words);
    });
  }
});
