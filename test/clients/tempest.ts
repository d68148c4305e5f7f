/**
 * The distribution's tempest, OpenStack's own suite of integration tests, against the API: `npm run test:tempest`, where
 * the package tempest is installed. Not among the other tests, as it takes minutes. Words behind it choose the tests:
 * `npm run test:tempest -- tempest.api.network.test_ports`.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ADMIN_PASSWORD, type IdentityApi, startIdentityApi } from '../support/identity.ts';
import { differencesFrom, KNOWN_FAILURES, outcomesIn, type TestOutcome } from './tempest-outcomes.ts';

const ALL = '^tempest\\.api\\.network';

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
    network: { public_network_id: external.id, project_network_cidr: '10.100.0.0/16' },
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
async function run(directory: string, command: string, ...words: string[]): Promise<string> {
  const child = spawn(command, words, {
    cwd: directory,
    // The distribution's own Python: packages of another one are not its.
    env: { PATH: '/usr/bin:/bin', HOME: directory, LANG: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.pipe(process.stdout, { end: false });
  return text(child.stdout);
}

const directory = await mkdtemp(join(tmpdir(), 'sextant-tempest-'));
const served = await startIdentityApi();
try {
  await served.api.app.listen({ host: '::1', port: 0 });
  await run(directory, 'tempest', 'init', 'workspace');
  const workspace = join(directory, 'workspace');
  await mkdir(join(workspace, 'etc'), { recursive: true });
  await writeFile(join(workspace, 'etc', 'tempest.conf'), await configurationFor(served, directory));
  const [words = ALL] = process.argv.slice(2);
  const output = await run(workspace, 'tempest', 'run', '--regex', words, '--concurrency', '2');
  const outcomes = outcomesIn(output);
  const differences = differencesFrom(KNOWN_FAILURES, outcomes);
  for (const line of differences) console.log(line);
  const count = (outcome: TestOutcome) => [...outcomes.values()].filter((one) => one === outcome).length;
  console.log(`${count('ok')} pass, ${count('FAILED')} fail`);
  process.exitCode = outcomes.size === 0 || differences.length > 0 ? 1 : 0;
} finally {
  await served.close();
  await rm(directory, { recursive: true, force: true });
}
