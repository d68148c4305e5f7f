/** Who acts when the reconciler that acted is gone, stands still, or is cut off. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Northbound } from '../../src/engine/northbound/northbound.ts';
import type { Store } from '../../src/resources/tables.ts';
import { openStore } from '../../src/service/open-store.ts';
import { afterwards } from '../support/afterwards.ts';
import { eventually } from '../support/eventually.ts';
import { type Gate, openGate } from '../support/gate.ts';
import { createNetwork } from '../support/operations.ts';
import { log, TestServer, temporaryDirectory } from '../support/ovsdb-server.ts';
import { type PrivatePostgres, startPostgres } from '../support/postgres.ts';

const program = fileURLToPath(new URL('../support/reconciler-process.ts', import.meta.url));

let postgres: PrivatePostgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

/** The leader's way to the databases, beside a reconciler in this process that stands by. */
interface Scene {
  readonly leader: ChildProcess;
  readonly toPostgres: Gate;
  readonly toNorthbound: Gate;
  readonly store: Store;
  readonly server: TestServer;
  readonly standby: Northbound;
  stopStandby(): Promise<void>;
}

async function sceneFor(t: TestContext): Promise<Scene> {
  const directory = temporaryDirectory(t);
  const url = await postgres.newDatabase();
  const server = await TestServer.northbound(t);
  const toPostgres = await openGate(join(directory, basename(postgres.socket)), postgres.socket);
  afterwards(t, toPostgres.close);
  const northboundSocket = join(directory, 'nb.sock');
  const toNorthbound = await openGate(northboundSocket, server.remote.slice('unix:'.length));
  afterwards(t, toNorthbound.close);
  const gatedUrl = url.replace(/host=.*/, `host=${encodeURIComponent(directory)}`);
  const leader = spawn(process.execPath, [program, gatedUrl, `unix:${northboundSocket}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(leader, 'exit');
  afterwards(t, () => {
    leader.kill('SIGKILL');
    return exited;
  });
  await once(leader.stdout, 'data');
  const store = await openStore({ url, log });
  afterwards(t, () => store.close());
  const settings = { packetTooBigBelow: 1422 };
  const standby = await Northbound.start({ store, remote: server.remote, settings, log });
  let stopped: Promise<void> | undefined;
  const stopStandby = () => (stopped ??= standby.stop());
  afterwards(t, stopStandby);
  await createNetwork(store, {});
  await standby.settled();
  assert.equal(standby.reconciler.isActing, false);
  return { leader, toPostgres, toNorthbound, store, server, standby, stopStandby };
}

describe('another reconciler acts', { concurrency: true }, () => {
  for (const [what, fail] of [
    ['is killed', ({ leader }: Scene) => leader.kill('SIGKILL')],
    ['is cut off from PostgreSQL', ({ toPostgres }: Scene) => toPostgres.cut()],
    ['is cut off from OVN', ({ toNorthbound }: Scene) => toNorthbound.cut()],
  ] as const) {
    it(`when the one that does ${what}`, async (t) => {
      const scene = await sceneFor(t);
      fail(scene);
      await eventually('the other one acts', () => scene.standby.reconciler.isActing, 20);
    });
  }

  it('when the one that does stands still, which is there again when it is the last', async (t) => {
    const { leader, store, server, standby, stopStandby } = await sceneFor(t);
    leader.kill('SIGSTOP');
    await eventually('the other one acts', () => standby.reconciler.isActing, 20);
    leader.kill('SIGCONT');
    await stopStandby();
    const { id } = await createNetwork(store, {});
    await eventually('the first one acts again', () => server.nbctl('ls-list').includes(id));
  });
});
