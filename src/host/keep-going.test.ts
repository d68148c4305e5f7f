import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

/** What a process says that meets errors which nothing catches. */
const program = `
  import pino from 'pino';
  import { keepGoing } from '${new URL('./keep-going.ts', import.meta.url)}';
  import { Registry } from '${new URL('../metrics/index.ts', import.meta.url)}';
  const metrics = new Registry();
  const end = keepGoing(metrics, pino({ level: 'error' }));
  for (let count = 0; count < 20; count++) void Promise.reject(new Error('of a promise'));
  setTimeout(() => { throw new Error('of a timer'); }, 1);
  setTimeout(async () => {
    end();
    const all = await metrics.read();
    console.log('counted', all[0].samples[0].value);
    throw new Error('afterwards');
  }, 50);
`;

test('errors that nothing catches are counted, logged now and then, and end nothing', () => {
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  assert.match(stdout, /counted 21/);
  assert.equal(stdout.match(/the host goes on/g)?.length, 10);
  assert.equal(status, 1, 'once it has ended, they end the process as ever');
});
