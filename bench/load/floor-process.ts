/**
 * What a create, a show and a delete cost at least with the same means: Fastify before a table of SQLite in Node, one
 * row a resource, synced to disk before the answer, requests that wait at the same time in one commit. It says where it
 * listens, and ends with who started it.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fastify from 'fastify';

interface ById {
  Params: { id: string };
}

const [, , directory = ''] = process.argv;
const database = new DatabaseSync(join(directory, 'floor.db'));
database.exec('pragma journal_mode = wal; pragma synchronous = full');
database.exec('create table ports (id text primary key, body text not null) without rowid');
const insert = database.prepare('insert into ports values (?, ?)');
const select = database.prepare('select body from ports where id = ?');
const remove = database.prepare('delete from ports where id = ?');

let waiting: { act(): void; done(): void }[] = [];

function commit(): void {
  const group = waiting;
  waiting = [];
  database.exec('begin immediate');
  for (const { act } of group) act();
  database.exec('commit');
  for (const { done } of group) done();
}

/** Resolves when it is on disk. */
function durably(act: () => void): Promise<void> {
  if (waiting.length === 0) setImmediate(commit);
  return new Promise((done) => waiting.push({ act, done }));
}

const app = fastify();
app.post<{ Body: { port: object } }>('/v2.0/ports', async (request, reply) => {
  const id = randomUUID();
  const port = { id, ...request.body.port };
  await durably(() => insert.run(id, JSON.stringify(port)));
  return reply.code(201).send({ port });
});
app.get<ById>('/v2.0/ports/:id', async ({ params: { id } }) => {
  const row = select.get(id) as { body: string };
  return { port: JSON.parse(row.body) };
});
app.delete<ById>('/v2.0/ports/:id', async ({ params: { id } }, reply) => {
  await durably(() => remove.run(id));
  return reply.code(204).send();
});
process.send?.(await app.listen({ host: '::1', port: 0 }));
process.on('disconnect', () => process.exit());
