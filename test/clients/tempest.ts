/**
 * The distribution's tempest, OpenStack's own suite of integration tests, against the API: `npm run test:tempest`, and
 * with Neutron's own tests `npm run test:tempest:plugin`, as root or where the packages tempest and
 * neutron-tempest-plugin are installed. Not among the other tests, as it takes minutes. Words behind it choose the
 * tests: `npm run test:tempest -- tempest.api.network.test_ports`. With `--record` in their place the page on
 * compatibility has what it came to.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ADMIN_PASSWORD, type IdentityApi, startIdentityApi } from '../support/identity.ts';
import { record } from './results.ts';
import { differencesFrom, outcomesIn, skippedIn, type TestOutcome } from './tempest-outcomes.ts';
import { SUITES, type SuiteName, type TempestSuite } from './tempest-suites.ts';

/** What tempest must be told, in the form of its file. */
async function configurationFor({ api, adminToken, admin }: IdentityApi, directory: string): Promise<string> {
  const headers = { 'x-auth-token': adminToken };
  const external = await api.make('network', { name: 'public', 'router:external': true }, headers);
  const place = { network_id: external.id, ip_version: 4, cidr: '203.0.113.0/24', enable_dhcp: false };
  await api.make('subnet', place, headers);
  const { body } = await admin('GET', '/v2.0/extensions');
  const aliases = (body.extensions ?? []).map(({ alias }) => String(alias));
  const { port } = api.app.server.address() as AddressInfo;
  const sections = {
    DEFAULT: { log_file: join(directory, 'tempest.log') },
    oslo_concurrency: { lock_path: directory },
    auth: {
      use_dynamic_credentials: true,
      admin_username: 'admin',
      admin_password: ADMIN_PASSWORD,
      admin_project_name: 'admin',
      admin_domain_name: 'Default',
    },
    identity: { auth_version: 'v3', uri_v3: `http://[::1]:${port}/identity/v3`, region: 'RegionOne' },
    'identity-feature-enabled': { api_v2: false, api_v3: true },
    network: {
      public_network_id: external.id,
      floating_network_name: 'public',
      project_network_cidr: '10.100.0.0/16',
    },
    'network-feature-enabled': {
      ipv6: true,
      ipv6_subnet_attributes: true,
      api_extensions: aliases.join(','),
    },
    service_available: { neutron: true, nova: false, glance: false, cinder: false, swift: false },
  };
  return Object.entries(sections)
    .map(([name, values]) =>
      [`[${name}]`, ...Object.entries(values).map(([key, value]) => `${key} = ${value}`), ''].join('\n'),
    )
    .join('\n');
}

/** Runs one command to its end. Returns what it printed, however it ended. */
async function run(directory: string, command: string, ...rest: string[]): Promise<string> {
  const child = spawn(command, rest, {
    cwd: directory,
    // The distribution's own Python: packages of another one are not its.
    env: { PATH: '/usr/bin:/bin', HOME: directory, LANG: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.pipe(process.stdout, { end: false });
  return text(child.stdout);
}

const [suiteName = 'tempest', words = ''] = process.argv.slice(2);
const { debianPackage, tests, known }: TempestSuite = SUITES[suiteName as SuiteName];
const isWhole = words === '' || words === '--record';
const directory = await mkdtemp(join(tmpdir(), 'sextant-tempest-'));
const served = await startIdentityApi();
try {
  if (!existsSync(`/usr/share/doc/${debianPackage}`))
    await run(directory, 'apt-get', 'install', '--yes', '--no-install-recommends', 'tempest', debianPackage);
  await served.api.app.listen({ host: '::1', port: 0 });
  await run(directory, 'tempest', 'init', 'workspace');
  const workspace = join(directory, 'workspace');
  await mkdir(join(workspace, 'etc'), { recursive: true });
  await writeFile(join(workspace, 'etc', 'tempest.conf'), await configurationFor(served, directory));
  // It waits most of the time: ten seconds before each subnet that it deletes.
  const output = await run(
    workspace,
    ...['tempest', 'run', '--regex', isWhole ? tests : words, '--concurrency', '4'],
  );
  const outcomes = outcomesIn(output);
  const differences = differencesFrom(Object.values(known).flat(), outcomes);
  for (const line of differences) console.log(line);
  const count = (outcome: TestOutcome) => [...outcomes.values()].filter((one) => one === outcome).length;
  const counts = { pass: count('ok'), fail: count('FAILED'), skip: skippedIn(output) };
  console.log(`${counts.pass} pass, ${counts.fail} fail, ${counts.skip} are skipped`);
  if (words === '--record') await record(suiteName as SuiteName, debianPackage, counts);
  process.exitCode = outcomes.size === 0 || differences.length > 0 ? 1 : 0;
} finally {
  await served.close();
  await rm(directory, { recursive: true, force: true });
}
