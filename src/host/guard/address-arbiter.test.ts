import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import pino from 'pino';
import { Address } from '../../addressing/index.ts';
import { AddressArbiter } from './address-arbiter.ts';

const [A, B, C] = ['fd00::a', 'fd00::b', 'fd00::c'].map((text) => Address.parse(text)) as [
  Address,
  Address,
  Address,
];

/** A server that takes its time, is away as long as it is told to, and has something against some addresses. */
function setting() {
  /** A line for each report. */
  const told: string[] = [];
  const late: string[] = [];
  const waiting: { at: number; resolve: () => void }[] = [];
  const server = { isAway: false, takesMs: 20, others: [] as Address[] };
  let now = 0;
  const pause = (ms: number) => new Promise<void>((resolve) => waiting.push({ at: now + ms, resolve }));
  const arbiter = new AddressArbiter(
    {
      report: async ({ taken, givenUp }) => {
        await pause(server.takesMs);
        if (server.isAway) throw new Error('away');
        told.push(
          [
            ...givenUp.map(({ portId, address }) => `${portId} gave up ${address}`),
            ...taken.map(({ portId, address }) => `${portId} took ${address}`),
          ].join(', '),
        );
        return taken.filter(({ address }) => server.others.includes(address));
      },
    },
    async ({ portId, address }) => void late.push(`${portId} has not ${address}`),
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
  const took = (portId: string, address: Address) =>
    arbiter.took({ portId, address, origin: 'solicitation' });
  return { arbiter, took, told, late, pass, server };
}

test('the server is asked at once; what comes meanwhile is told in one report', async () => {
  const { took, told, pass } = setting();
  const answers = [took('one', A), took('two', B), took('two', C)];
  await pass(50);
  assert.deepEqual(await Promise.all(answers), [true, true, true]);
  assert.deepEqual(told, ['one took fd00::a', 'two took fd00::b, two took fd00::c']);
});

test('what was given up is told before who took it', async () => {
  const { arbiter, took, told, pass } = setting();
  void took('one', B);
  arbiter.gaveUp({ portId: 'one', address: A });
  void took('two', A);
  await pass(100);
  assert.deepEqual(told, ['one took fd00::b', 'one gave up fd00::a, two took fd00::a']);
});

test('what was taken and given up before the server heard of it, it hears as given up alone', async () => {
  const { arbiter, took, told, pass } = setting();
  void took('one', B);
  void took('two', A);
  arbiter.gaveUp({ portId: 'two', address: A });
  await pass(100);
  assert.deepEqual(told, ['one took fd00::b', 'two gave up fd00::a']);
});

test('what the server has something against is said to who waits, and later to the other', async () => {
  const { took, late, pass, server } = setting();
  server.others = [A, B];
  const first = took('one', A);
  await pass(50);
  assert.equal(await first, false);
  server.takesMs = 500;
  const second = took('one', B);
  await pass(150);
  assert.equal(await second, undefined);
  assert.deepEqual(late, []);
  await pass(1_000);
  assert.deepEqual(late, ['one has not fd00::b']);
});

test('while the server is away nobody waits long, and it is told all of it when it is back', async () => {
  const { arbiter, took, told, pass, server } = setting();
  server.isAway = true;
  const answers = [took('one', A), took('two', B), took('three', C)];
  await pass(150);
  assert.deepEqual(await Promise.all(answers), [undefined, undefined, undefined]);
  arbiter.forget('three');
  await pass(5_000);
  server.isAway = false;
  await pass(2_000);
  assert.deepEqual(told, ['one took fd00::a, two took fd00::b']);
});

test('what is taken once more while the server is told of it is told once more', async () => {
  const { took, told, pass } = setting();
  const first = took('one', A);
  await pass(5);
  const second = took('one', A);
  await pass(100);
  assert.deepEqual(await Promise.all([first, second]), [true, true]);
  assert.deepEqual(told, ['one took fd00::a', 'one took fd00::a']);
});

test('whoever comes just after a report is told of, too', async () => {
  const { took, told, pass } = setting();
  const first = took('one', A);
  await Promise.all([pass(60), first.then(() => took('two', B))]);
  assert.deepEqual(told, ['one took fd00::a', 'two took fd00::b']);
});
