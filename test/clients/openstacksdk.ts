/**
 * The networking methods of openstacksdk, OpenStack's library for Python, against the API: `npm run test:openstacksdk`,
 * as root or with the package python3-openstacksdk installed. With `--record` behind it the page on compatibility has
 * what it came to.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { insertHost } from '../../src/resources/agent/heartbeat.ts';
import { timestamp } from '../../src/resources/repository.ts';
import { ADMIN_PASSWORD, startIdentityApi } from '../support/identity.ts';
import { record } from './results.ts';

const run = promisify(execFile);
const PACKAGE = 'python3-openstacksdk';

const directory = await mkdtemp(join(tmpdir(), 'sextant-openstacksdk-'));
const served = await startIdentityApi();
try {
  if (!existsSync(`/usr/share/doc/${PACKAGE}`))
    await run('apt-get', ['install', '--yes', '--no-install-recommends', PACKAGE]);
  await served.api.store.transaction(async (tx) => {
    const host = { host: 'hypervisor-1', chassis: 'hypervisor-1', configurations: {} };
    insertHost(tx, host, timestamp(), { availabilityZone: 'zone-1' });
    await tx.sent();
  });
  await served.api.app.listen({ host: '::1', port: 0 });
  const { port } = served.api.app.server.address() as AddressInfo;
  // The distribution's own Python: packages of another one are not its.
  const { stdout } = await run(
    '/usr/bin/python3',
    ['-B', fileURLToPath(new URL('./openstacksdk/main.py', import.meta.url))],
    {
      env: {
        PATH: '/usr/bin:/bin',
        HOME: directory,
        OS_AUTH_URL: `http://[::1]:${port}/identity/v3`,
        OS_PASSWORD: ADMIN_PASSWORD,
      },
    },
  );
  process.stdout.write(stdout);
  const steps = stdout.trim().split('\n');
  const pass = steps.filter((line) => line.startsWith('ok ')).length;
  console.log(`${pass} pass, ${steps.length - pass} fail`);
  process.exitCode = pass === steps.length ? 0 : 1;
  if (process.argv.includes('--record'))
    await record('openstacksdk', PACKAGE, { pass, fail: steps.length - pass, skip: 0 });
} finally {
  await served.close();
  await rm(directory, { recursive: true, force: true });
}
