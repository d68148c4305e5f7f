import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { declareDatabase, OvsdbClient, RetryableError } from '../../src/ovsdb/index.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts, log, northboundSchema, TestServer, temporaryDirectory } from '../support/ovsdb-server.ts';

const northbound = declareDatabase('OVN_Northbound', { Logical_Switch: { name: 'string' } });

/** Three members of a Raft cluster, and the remote that names them all. */
async function startCluster(t: TestContext): Promise<{ members: TestServer[]; remote: string }> {
  const directory = temporaryDirectory(t);
  const ports = await freePorts(6);
  const raft = ports.slice(0, 3).map((port) => `tcp:[::1]:${port}`);
  const members: TestServer[] = [];
  for (let index = 0; index < 3; index++) {
    const file = join(directory, `nb${index}.db`);
    if (index === 0) execFileSync('ovsdb-tool', ['create-cluster', file, northboundSchema, raft[0]!]);
    else execFileSync('ovsdb-tool', ['join-cluster', file, 'OVN_Northbound', raft[index]!, raft[0]!]);
    const port = ports[3 + index]!;
    const member = new TestServer(t, file, `ptcp:${port}:[::1]`, `tcp:[::1]:${port}`);
    await member.start();
    members.push(member);
  }
  await eventually('all are members', () =>
    members.every((member) => statusOf(member).includes('Status: cluster member')),
  );
  return { members, remote: members.map((member) => member.remote).join() };
}

const statusOf = (member: TestServer): string => member.control('cluster/status', 'OVN_Northbound');

/** The member that leads, as soon as one does. */
async function leaderOf(members: readonly TestServer[]): Promise<TestServer> {
  let leader: TestServer | undefined;
  await eventually('one of the members leads', () => {
    leader = members.find((member) => statusOf(member).includes('Role: leader'));
    return leader !== undefined;
  });
  return leader!;
}

test('a client follows the leader, and goes on with its replica where it was', async (t) => {
  const { members, remote } = await startCluster(t);
  const client = await OvsdbClient.connect({ remote, declaration: northbound, leaderOnly: true, log });
  t.after(() => client.close());
  const byName = client.table('Logical_Switch').index(({ name }) => name);
  const add = (name: string) =>
    client.transactUntilDone((transaction) => {
      if (byName.get(name).size === 0) transaction.insert('Logical_Switch', { name });
    });
  const disconnected = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    client.onConnection((connected) => connected || resolve());
    return promise;
  };
  await add('first');
  assert.equal(byName.get('first').size, 1, 'what was written through the leader is in the replica at once');
  const announced: string[] = [];
  client.onChange((changes) => announced.push(...changes.map(({ kind, row }) => `${kind} ${row.name}`)));

  // Cut off from the others, the leader finds out that it leads no longer; its clients can still reach it.
  const deposed = disconnected();
  const first = await leaderOf(members);
  first.control('cluster/failure-test', 'stop-raft-rpc');
  await deposed;
  await add('second');
  await first.restart();

  const second = await leaderOf(members);
  const killed = disconnected();
  await second.kill();
  await killed;
  await assert.rejects(client.transact(client.transaction()), RetryableError);
  await add('third');
  assert.deepEqual(announced, ['insert second', 'insert third']);
});
