import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkFacts, portFacts } from '../../../../test/support/facts.ts';
import { Address } from '../../../addressing/index.ts';
import type { MetadataAnswer } from './metadata-upstream.ts';
import { RememberedUpstream } from './remembered-upstream.ts';

const from = Address.parse('fe80::1');
const portOf = (id: string, deviceId = 'web') => ({
  id,
  facts: portFacts(networkFacts([]), [], { deviceId }),
});

/** A service that is there or away, and what instances get of it. */
function start() {
  const service: { answer: (path: string) => MetadataAnswer } = { answer: () => answerOf(200, 'hello') };
  const upstream = new RememberedUpstream({ ask: async (_port, _from, path) => service.answer(path) });
  const ask = async (port: ReturnType<typeof portOf>, path = '/latest') => {
    const { status, body } = await upstream.ask(port, from, path);
    return `${status} ${body.toString().slice(0, 20)}`;
  };
  const leave = () => {
    service.answer = () => {
      throw new Error('nobody is there');
    };
  };
  return { service, ask, leave };
}

const answerOf = (status: number, body: string): MetadataAnswer => ({
  status,
  type: 'text/plain',
  body: Buffer.from(body),
});

test('what an instance was told it is told again while nobody answers, and the service’s word counts before', async () => {
  const { service, ask, leave } = start();
  assert.equal(await ask(portOf('a')), '200 hello');
  service.answer = () => answerOf(200, 'changed');
  assert.equal(await ask(portOf('a')), '200 changed');
  service.answer = () => answerOf(503, 'busy');
  assert.equal(await ask(portOf('a')), '200 changed');
  leave();
  assert.equal(await ask(portOf('a')), '200 changed');
  await assert.rejects(ask(portOf('a'), '/other'), /nobody/);
});

test('nobody is told what another instance was', async () => {
  const { ask, leave } = start();
  await ask(portOf('a'));
  leave();
  await assert.rejects(ask(portOf('b')), /nobody/);
  await assert.rejects(ask(portOf('a', 'another')), /nobody/, 'the port has another instance now');
});

test('what is gone is not remembered', async () => {
  const { service, ask, leave } = start();
  await ask(portOf('a'));
  service.answer = () => answerOf(404, 'gone');
  assert.equal(await ask(portOf('a')), '404 gone');
  leave();
  await assert.rejects(ask(portOf('a')), /nobody/);
});

test('an instance that asks for much loses its own, and the least asked for go when there is too much in all', async () => {
  const { service, ask, leave } = start();
  const large = 'x'.repeat(100_000);
  service.answer = () => answerOf(200, large);
  await ask(portOf('quiet'));
  for (let number = 0; number < 1_000; number++) await ask(portOf('loud'), `/${number}`);
  leave();
  assert.match(await ask(portOf('quiet')), /^200/);
  assert.match(await ask(portOf('loud'), '/999'), /^200/);
  await assert.rejects(ask(portOf('loud'), '/0'), /nobody/);

  service.answer = () => answerOf(200, large);
  for (let number = 0; number < 500; number++) await ask(portOf(`other-${number}`));
  leave();
  await assert.rejects(ask(portOf('quiet')), /nobody/);
  assert.match(await ask(portOf('other-499')), /^200/);
});
