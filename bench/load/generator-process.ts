/** A process of clients that put load on a server: it is sent a task, does it, and tells what it saw. */
import { forEach } from '../measure.ts';
import { LoadConnection } from './connection.ts';
import type { LoadResult, LoadTask } from './generator.ts';

async function run(task: LoadTask): Promise<LoadResult> {
  const { endpoint, headers, clients, method, paths, body, status: expected, count, seconds } = task;
  const connections = await Promise.all(
    Array.from({ length: clients }, () => LoadConnection.open(new URL(endpoint), headers)),
  );
  const free = [...connections];
  const times: number[] = [];
  const cpu = process.cpuUsage();
  const began = performance.now();
  const endsAt = seconds === undefined ? Number.POSITIVE_INFINITY : began + seconds * 1000;
  try {
    await forEach({ count, clients, signal: new AbortController().signal }, async (index) => {
      const started = performance.now();
      if (started >= endsAt) return;
      const connection = free.pop()!;
      const answer = await connection.send(method, paths[index % paths.length]!, body);
      times.push(performance.now() - started);
      free.push(connection);
      if (answer.status !== expected)
        throw new Error(`${method}: ${answer.status} ${answer.body.slice(0, 500)}`);
    });
  } finally {
    for (const connection of connections) connection.close();
  }
  const { user, system } = process.cpuUsage(cpu);
  return { times, elapsed: performance.now() - began, cpu: (user + system) / 1000 };
}

process.on('message', async (task: LoadTask) => {
  const answer = await run(task).catch((error: Error) => ({ error: error.message }));
  process.send?.(answer);
});
// Who started it is gone.
process.on('disconnect', () => process.exit());
