import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { networkFacts } from '../../../../test/support/facts.ts';
import { DnsForwarder, serversIn } from './dns-forwarder.ts';
import { respond } from './dns-responder.ts';
import { DnsZone } from './dns-zone.ts';

/** A query for `www.example.org`, type AAAA, and where its question ends. */
const query = Buffer.from('1234012000010000000000000377777707657861' + '6d706c65036f726700001c0001', 'hex');
const questionEnd = query.length;
/** More than any answer takes that comes at all. */
const PATIENCE_MS = 20_000;

/** The answer to a query: with one octet more, and another case. */
function answerTo(asked: Buffer): Buffer {
  const answer = Buffer.from(asked.toString('latin1').replace('www', 'WWW'), 'latin1');
  answer[2]! |= 0x80;
  return Buffer.concat([answer, Buffer.from('x')]);
}

async function server(t: TestContext, serve: (asked: Buffer, reply: (octets: Buffer) => void) => void) {
  const socket: Socket = createSocket('udp6');
  socket.on('message', (asked, { port, address }) =>
    serve(asked, (octets) => socket.send(octets, port, address)),
  );
  t.after(() => socket.close());
  const tcp = createServer((connection) => {
    connection.on('data', (data: Buffer) => {
      serve(data.subarray(2), (octets) => {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(octets.length);
        connection.write(length);
        connection.write(octets);
      });
    });
  });
  // A port that is free for TCP first: connections have many of those, and hardly anything has the same for UDP.
  tcp.listen(0, '::1');
  await once(tcp, 'listening');
  t.after(() => void tcp.close());
  const { port } = tcp.address() as AddressInfo;
  socket.bind(port, '::1');
  await once(socket, 'listening');
  return new DnsForwarder({ port, patienceMs: PATIENCE_MS });
}

for (const transport of ['udp', 'tcp'] as const) {
  test(`${transport}: the question goes on under another id, the answer comes back under its own`, async (t) => {
    const ids = new Set<number>();
    const forwarder = await server(t, (asked, reply) => {
      ids.add(asked.readUInt16BE(0));
      reply(answerTo(asked));
    });
    for (let i = 0; i < 8; i++) {
      const answer = Buffer.from((await forwarder.ask(['::1'], query, transport, questionEnd))!);
      assert.equal(answer.readUInt16BE(0), 0x1234);
      assert.equal(answer.at(-1), 'x'.charCodeAt(0));
    }
    assert.ok(ids.size > 4);
  });
}

test('an answer with another id is passed over, one to another question is none', async (t) => {
  const wrongId = await server(t, (asked, reply) => {
    const forged = answerTo(asked);
    forged[0]! ^= 0xff;
    reply(forged);
    reply(answerTo(asked));
  });
  assert.ok(await wrongId.ask(['::1'], query, 'udp', questionEnd));
  const wrongQuestion = await server(t, (asked, reply) =>
    reply(Buffer.from(answerTo(asked).toString('latin1').replace('org', 'net'), 'latin1')),
  );
  assert.equal(await wrongQuestion.ask(['::1'], query, 'udp', questionEnd), undefined);
});

test('the next server is asked when one is silent', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const silent = createSocket('udp6');
  silent.on('message', () => t.mock.timers.tick(PATIENCE_MS));
  silent.bind(0, '::1');
  await once(silent, 'listening');
  const { port } = silent.address();
  const live = createSocket('udp4');
  live.on('message', (asked, from) => live.send(answerTo(asked), from.port, from.address));
  live.bind(port, '127.0.0.1');
  await once(live, 'listening');
  t.after(() => {
    silent.close();
    live.close();
  });
  const asking = (...servers: string[]) =>
    new DnsForwarder({ port, patienceMs: PATIENCE_MS }).ask(servers, query, 'udp', questionEnd);
  assert.ok(await asking('::1', '127.0.0.1'));
  assert.equal(await asking('::1'), undefined);
  assert.equal(await asking(), undefined);
});

test('an answer that does not fit is cut; without one there is a failure; nobody recurses unasked', async () => {
  const zone = new DnsZone(networkFacts([]), []);
  const nat64Prefix = undefined;
  const flagsOf = async (octets: Buffer, answer: Buffer | undefined) =>
    Buffer.from(
      (await respond({ octets, transport: 'udp', zone, nat64Prefix, forward: async () => answer }))!,
    ).readUInt16BE(2);
  assert.equal((await flagsOf(query, Buffer.alloc(600))) & 0x0200, 0x0200);
  assert.equal((await flagsOf(query, undefined)) & 0xf, 2);
  const unasked = Buffer.from(query);
  unasked[2] = 0;
  assert.equal((await flagsOf(unasked, answerTo(unasked))) & 0xf, 5);
  const refused = await respond({ octets: query, transport: 'udp', zone, nat64Prefix, forward: undefined });
  assert.equal(Buffer.from(refused!).readUInt16BE(2) & 0xf, 5, 'nothing is passed on');
});

test('name servers of a resolv.conf', () => {
  const text =
    '# nameserver 192.0.2.1\nnameserver 2001:db8::53\n  nameserver fe80::1%eth0\nsearch nameserver\n';
  assert.deepEqual(serversIn(text), ['2001:db8::53', 'fe80::1%eth0']);
});
