import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually } from '../../test/support/eventually.ts';
import { quiet } from '../../test/support/stores.ts';
import { FlowRefresh, type FlowRefreshOptions } from './flow-refresh.ts';

const [OWN, OTHER] = ['h1', 'h2'];

const plugged = {
  ...{ name: 'tap', type: '' },
  external_ids: new Map([
    ['iface-id', 'p'],
    ['attached-mac', 'fa:16:3e:00:00:01'],
  ]),
};

/** A host with one port plugged in, and what stands where ovn-controller listens. */
async function host(t: TestContext, first: string | undefined) {
  const rundir = mkdtempSync(join(tmpdir(), 'sextant-refresh-'));
  const asked: string[] = [];
  const server = createServer((socket) =>
    socket.on('data', (text) => {
      asked.push(JSON.parse(String(text)).method);
      socket.end(JSON.stringify({ id: 0, result: '', error: null }));
    }),
  );
  await new Promise<void>((resolve) => {
    server.listen(join(rundir, 'ovn-controller.7.ctl'), resolve);
  });
  writeFileSync(join(rundir, 'ovn-controller.pid'), '7\n');
  let place = first;
  let tell = () => {};
  const database = {
    interfacesOn: () => [plugged],
    onChange: () => () => {},
  } as unknown as FlowRefreshOptions['database'];
  const refresh = new FlowRefresh({
    ...{ database, rundir, log: quiet },
    facts: {
      hostOf: () => place,
      isResident: () => place === OWN,
      onResidents: (listener) => {
        tell = listener;
        return () => {};
      },
    },
  });
  t.after(() => {
    refresh.stop();
    server.close();
    rmSync(rundir, { recursive: true });
  });
  const move = (to: string | undefined) => {
    place = to;
    tell();
  };
  return { move, asked };
}

test('flows are computed anew when a port comes that another host had, by way of none too', async (t) => {
  const { move, asked } = await host(t, OTHER);
  move(undefined);
  move(OWN);
  await eventually('it is asked for', async () => asked.length > 0);
  assert.deepEqual([...new Set(asked)], ['inc-engine/recompute']);
});

test('a port that is new, or was here before, costs no such thing', async (t) => {
  for (const before of [undefined, OWN]) {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { move, asked } = await host(t, before);
    move(OWN);
    t.mock.timers.tick(60_000);
    for (const place of [OTHER, OWN]) move(place);
    t.mock.timers.tick(60_000);
    t.mock.timers.reset();
    // The two of the move that is one: those of the other would have been there before.
    await eventually('it is asked for', async () => asked.length >= 2);
    assert.equal(asked.length, 2);
  }
});
