/**
 * The distribution's Keystone says whose tokens are: `npm run test:keystone`, as root, where the package keystone is
 * installed. Not among the other tests, as to set one up takes a minute.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import {
  type Cloud,
  cloudAs,
  IdentityClient,
  NeutronApiError,
  NeutronClient,
} from '../../src/client/index.ts';
import { askKeystone, KeystoneTokens } from '../../src/service/keystone-tokens.ts';
import { startTestApi, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';

const run = promisify(execFile);
const PASSWORD = 'secret-of-admin';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a real Keystone', () => {
  let directory: string;
  let keystone: ChildProcess;
  let url: string;
  let api: TestApi;
  let endpoint: string;
  let asked: ReturnType<typeof askKeystone>;
  let ahead = 0;
  const failures: unknown[] = [];
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sextant-keystone-'));
    const port = await freePort();
    url = `http://127.0.0.1:${port}/v3`;
    const file = join(directory, 'keystone.conf');
    await writeFile(
      file,
      [
        `[DEFAULT]\nlog_file = ${join(directory, 'keystone.log')}`,
        `[database]\nconnection = sqlite:///${join(directory, 'keystone.db')}`,
        `[fernet_tokens]\nkey_repository = ${join(directory, 'fernet')}`,
        `[credential]\nkey_repository = ${join(directory, 'credential')}`,
        '[cache]\nenabled = false\n',
      ].join('\n'),
    );
    const env = { ...process.env, PATH: '/usr/bin:/bin', OS_KEYSTONE_CONFIG_DIR: directory, HOME: directory };
    const manage = (...words: string[]) => run('keystone-manage', ['--config-file', file, ...words], { env });
    await manage('db_sync');
    await manage('fernet_setup', '--keystone-user', 'root', '--keystone-group', 'root');
    await manage('credential_setup', '--keystone-user', 'root', '--keystone-group', 'root');
    const urls = ['public', 'internal', 'admin'].flatMap((whom) => [`--bootstrap-${whom}-url`, url]);
    await manage('bootstrap', '--bootstrap-password', PASSWORD, ...urls);
    const words = ['--host', '127.0.0.1', '--port', String(port), '--', '--config-file', file];
    keystone = spawn('/usr/bin/keystone-wsgi-public', words, { env, stdio: 'ignore' });
    await eventually('Keystone answers', async () => (await fetch(url)).ok);

    const as = { user: 'admin', userDomain: 'Default', project: 'admin', projectDomain: 'Default' };
    asked = askKeystone({ url, ...as, password: PASSWORD });
    const tokens = new KeystoneTokens(
      asked.ask,
      (error) => failures.push(error),
      () => ahead,
    );
    api = await startTestApi(undefined, { keystone: { tokens, url } });
    await api.app.listen({ host: '::1', port: 0 });
    endpoint = `http://[::1]:${(api.app.server.address() as AddressInfo).port}`;
  });
  after(async () => {
    await api?.close();
    asked?.close();
    const ended = new Promise((resolve) => keystone.once('exit', resolve));
    if (keystone.exitCode === null && keystone.kill()) await ended;
    await rm(directory, { recursive: true });
  });

  it('says who makes networks, and what it said counts for a minute when it is gone', async () => {
    const admin: Cloud = {
      tls: {},
      access: {
        type: 'keystone',
        options: {
          authUrl: url,
          identity: { user: { name: 'admin', domain: { name: 'Default' } }, password: PASSWORD },
          project: { name: 'admin', domain: { name: 'Default' } },
          interface: 'public',
          endpoint,
        },
      },
    };
    const identity = IdentityClient.ofCloud(admin);
    const project = await identity.createProject('red', '');
    const user = await identity.createUser('ruth', 'secret-of-ruth', '');
    await identity.addMember(project.id, user.id);
    const ruth = NeutronClient.ofCloud(
      cloudAs(admin, { userId: user.id, password: 'secret-of-ruth', projectId: project.id }),
    );
    const network = await ruth.create('network', { name: 'mine' }).catch((error) => {
      throw new AggregateError([error, ...failures]);
    });
    assert.equal(network.project_id, project.id);
    await assert.rejects(ruth.create('network', { name: 'x', shared: true }), NeutronApiError);
    const master = NeutronClient.ofCloud(admin);
    assert.equal((await master.show('network', network.id)).name, 'mine');
    await master.create('network', { name: 'for all', shared: true });

    ahead += 5_001;
    assert.equal((await ruth.list('network')).length, 2);
    const ended = new Promise((resolve) => keystone.once('exit', resolve));
    keystone.kill();
    await ended;
    ahead += 50_000;
    assert.equal((await ruth.list('network')).length, 2);
    ahead += 20_000;
    await assert.rejects(ruth.list('network'), { status: 503 });
    for (const client of [identity, ruth, master]) client.close();
  });
});
