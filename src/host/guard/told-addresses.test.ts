import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import pino from 'pino';
import { Address } from '../../addressing/index.ts';
import { ToldAddresses } from './told-addresses.ts';

const [A, B, C] = ['fd00::a', 'fd00::b', 'fd00::c'].map((text) => Address.parse(text)) as [
  Address,
  Address,
  Address,
];

/** A server that takes its time, and refuses as long as it is told to. */
function setting() {
  const told: string[] = [];
  const waiting: { at: number; resolve: () => void }[] = [];
  const server = { isAway: false };
  let now = 0;
  const pause = (ms: number) => new Promise<void>((resolve) => waiting.push({ at: now + ms, resolve }));
  const addresses = new ToldAddresses(
    async (port, { taken, given_up }) => {
      await pause(20);
      if (server.isAway) throw new Error('away');
      told.push(
        ...taken.map((address) => `${port} took ${address}`),
        ...given_up.map((address) => `${port} gave up ${address}`),
      );
      return [];
    },
    async () => {},
    { now: () => now, pause },
    pino({ level: 'silent' }),
  );
  const pass = async (ms: number) => {
    for (const end = now + ms; now < end; now++) {
      for (const one of waiting.filter(({ at }) => at <= now)) {
        waiting.splice(waiting.indexOf(one), 1);
        one.resolve();
      }
      await turn();
    }
  };
  return { addresses, told, pass, server };
}

test('what is taken while the server is being told of others is told as well', async () => {
  const { addresses, told, pass } = setting();
  addresses.took('one', A);
  await pass(110);
  addresses.took('one', B);
  await pass(1_000);
  addresses.took('one', C);
  await pass(1_000);
  assert.deepEqual(told, ['one took fd00::a', 'one took fd00::b', 'one took fd00::c']);
});

test('that an address was given up is told before who took it', async () => {
  const { addresses, told, pass } = setting();
  addresses.took('two', B);
  await pass(90);
  addresses.gaveUp('one', A);
  addresses.took('two', A);
  await pass(1_000);
  assert.deepEqual(told, ['two took fd00::b', 'one gave up fd00::a', 'two took fd00::a']);
});

test('what the server did not hear is told again, once', async () => {
  const { addresses, told, pass, server } = setting();
  server.isAway = true;
  addresses.took('one', A);
  addresses.gaveUp('one', B);
  await pass(1_000);
  server.isAway = false;
  await pass(10_000);
  assert.deepEqual(told, ['one took fd00::a', 'one gave up fd00::b']);
});

test('what was given up is known as such until the server and the facts say so too', async () => {
  const { addresses, told, pass } = setting();
  addresses.took('one', A);
  addresses.gaveUp('one', A);
  // The facts do not even say yet that it was taken.
  addresses.follow('one', []);
  assert.ok(addresses.isGivenUp('one', A));
  addresses.took('two', A);
  await pass(1_000);
  assert.deepEqual(told, ['one gave up fd00::a', 'two took fd00::a']);
  addresses.follow('one', [A]);
  assert.ok(addresses.isGivenUp('one', A));
  addresses.follow('one', []);
  assert.ok(!addresses.isGivenUp('one', A));
});
