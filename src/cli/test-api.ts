/** The API itself for tests, without an engine behind it. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { buildApi } from '../api/server.ts';
import { openStore } from '../store/store.ts';

/** Starts an API on an empty store until the test ends; gives its URL. */
export async function startApi(t: TestContext): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-cli-'));
  const log = pino({ level: 'silent' });
  const store = await openStore({ url: `sqlite:${directory}/store.db`, log });
  const app = await buildApi({
    store,
    log,
    settings: {
      physicalNetworks: ['fabric'],
      physicalMtu: 1500,
      tunnelOverhead: 78,
      instanceBridge: 'br-vif',
    },
  });
  await app.listen({ host: '::1', port: 0 });
  t.after(async () => {
    await app.close();
    await store.close();
    rmSync(directory, { recursive: true });
  });
  return `http://[::1]:${(app.server.address() as AddressInfo).port}`;
}
