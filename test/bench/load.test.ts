/** Load from processes of its own, beside the floor in the same run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFloor } from '../../bench/load/floor.ts';
import { LoadGenerator, type LoadTask } from '../../bench/load/generator.ts';
import { listeningApi, sextant } from '../support/command.ts';

test('load: times, rate and CPU of a server and of the floor, and nothing is left', async (t) => {
  const endpoint = await listeningApi(t);
  const line = `bench --ports 5 --pid ${process.pid} --only load-delete-16 -f json`;
  const { status, out, err } = await sextant(endpoint, line);
  assert.equal(status, 0, err);
  const [own] = JSON.parse(out).rows[0].outcomes;
  for (const { samples, median, p95, p99, perSecond, cpu } of [own, own.floor]) {
    assert.equal(samples, 50);
    assert.ok(median > 0 && p95 >= median && p99 >= p95 && perSecond > 0);
    assert.ok(cpu.server >= 0 && cpu.clients > 0);
  }
  assert.equal((await sextant(endpoint, 'port list -f json')).out, '[]\n');
});

test('load: every client asks until the count is reached, and an answer that is wrong ends it', async () => {
  await using floor = await startFloor();
  const generator = new LoadGenerator();
  try {
    const task: LoadTask = {
      endpoint: floor.endpoint,
      headers: {},
      clients: 4,
      count: 30,
      method: 'POST',
      paths: ['/v2.0/ports'],
      body: '{"port":{"name":"a"}}',
      status: 201,
    };
    const { samples, cpu } = await generator.run(task, { server: floor.pid, nobody: 2 ** 30 });
    assert.equal(samples, 30);
    assert.deepEqual(Object.keys(cpu ?? {}), ['server', 'clients']);
    await assert.rejects(generator.run({ ...task, status: 200 }), /POST: 201 {"port"/);
  } finally {
    generator.close();
  }
});
