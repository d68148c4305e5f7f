import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { NeutronClient } from '../../client/index.ts';
import type { Evidence } from './evidence.ts';
import { NotWiredError } from './instance-site.ts';
import { Trial } from './trial.ts';
import { UntriableError } from './untriable-error.ts';

/** A trial that never gets as far as the API or a switch. */
const begin = (claims = true): Trial =>
  Trial.begin({
    id: 'v6-only',
    run: 'test',
    options: {
      endpoint: 'http://[::1]:1',
      claims,
      clientFor: () => NeutronClient.at('http://[::1]:1'),
      log: pino({ level: 'silent' }),
    },
    site: undefined,
    signal: new AbortController().signal,
  });

const item = (what: string): Evidence => ({ what, expected: 'it works', seen: 'it works', ok: true });
const whats = (trial: Trial): string[] => trial.evidence.map(({ what }) => what);

test('parts that run side by side leave evidence in their own order', async () => {
  const trial = begin();
  trial.show(item('before'));
  const second = Promise.withResolvers<void>();
  await trial.each(['first', 'second'], async (part, name) => {
    if (name === 'first') await second.promise;
    part.show(item(name));
    if (name === 'second') second.resolve();
  });
  trial.show(item('after'));
  assert.deepEqual(whats(trial), ['before', 'first', 'second', 'after']);
});

test('a part that fails is thrown once the others have ended', async () => {
  const trial = begin();
  const fault = new Error('no answer');
  const run = trial.each(['fails', 'works'], async (part, name) => {
    if (name === 'fails') throw fault;
    await Promise.resolve();
    part.show(item(name));
  });
  await assert.rejects(run, fault);
  assert.deepEqual(whats(trial), ['works']);
});

test('a part that cannot be tried is evidence that failed; when none can, neither can the use case', async () => {
  const trial = begin();
  await trial.each([1, 2], async (part, number) => {
    if (number === 1) throw new UntriableError('no VLAN here');
    part.show(item('tenant network'));
  });
  assert.deepEqual(
    trial.evidence.map(({ what, seen, ok }) => [what, seen, ok]),
    [
      ['part 1 of 2', 'no VLAN here', false],
      ['tenant network', 'it works', true],
    ],
  );
  const none = begin().each([1, 2], () => Promise.reject(new UntriableError('no switch')));
  await assert.rejects(none, UntriableError);
});

test('elsewhere a part that cannot be tried, or was never plugged in, is no evidence', async () => {
  const trial = begin(false);
  await trial.each([1, 2, 3], async (part, number) => {
    if (number === 1) throw new UntriableError('no VLAN here');
    if (number === 2) throw new NotWiredError('not ACTIVE');
    part.show(item('tenant network'));
  });
  assert.deepEqual(whats(trial), ['tenant network']);
  assert.deepEqual(trial.untried, ['no VLAN here', 'not ACTIVE']);
});

test('a use case that broke off failed in its core', () => {
  const trial = begin();
  trial.failed(new Error('quota'));
  assert.deepEqual(
    trial.evidence.map(({ seen, ok, core }) => [seen, ok, core]),
    [['quota', false, true]],
  );
});
