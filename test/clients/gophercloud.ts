/**
 * Terraform's library for OpenStack, gophercloud, against the API: `npm run test:gophercloud`, as root or with the
 * packages golang-go and golang-github-gophercloud-gophercloud-dev installed. Not among the other tests, as to compile
 * it takes a minute. With `--record` behind it the page on compatibility has what it came to.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ADMIN_PASSWORD, startIdentityApi } from '../support/identity.ts';
import { record } from './results.ts';

const run = promisify(execFile);
const PACKAGE = 'golang-github-gophercloud-gophercloud-dev';
/** Where Debian has the sources of Go packages. */
const SOURCES = '/usr/share/gocode';

const directory = await mkdtemp(join(tmpdir(), 'sextant-gophercloud-'));
const served = await startIdentityApi();
try {
  if (!existsSync(join(SOURCES, 'src/github.com/gophercloud')))
    await run('apt-get', ['install', '--yes', '--no-install-recommends', 'golang-go', PACKAGE]);
  const program = join(directory, 'program');
  const environment = {
    PATH: process.env.PATH,
    HOME: directory,
    GO111MODULE: 'off',
    GOPATH: SOURCES,
    GOCACHE: join(directory, 'cache'),
  };
  await run('go', ['build', '-o', program, '.'], {
    cwd: fileURLToPath(new URL('./gophercloud/', import.meta.url)),
    env: environment,
  });
  await served.api.app.listen({ host: '::1', port: 0 });
  const { port } = served.api.app.server.address() as AddressInfo;
  const { stdout } = await run(program, [], {
    env: { OS_AUTH_URL: `http://[::1]:${port}/identity/v3`, OS_PASSWORD: ADMIN_PASSWORD },
  });
  process.stdout.write(stdout);
  const steps = stdout.trim().split('\n');
  const pass = steps.filter((line) => line.startsWith('ok ')).length;
  assert.ok(pass > 0, 'no step came to its end');
  console.log(`${pass} pass, ${steps.length - pass} fail`);
  process.exitCode = pass === steps.length ? 0 : 1;
  if (process.argv.includes('--record'))
    await record('gophercloud', PACKAGE, { pass, fail: steps.length - pass, skip: 0 });
} finally {
  await served.close();
  await rm(directory, { recursive: true, force: true });
}
