/** The distribution's `openstack` command, whose users sign in. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { sextant } from '../support/command.ts';
import { serve } from '../support/http-server.ts';
import { ADMIN_PASSWORD, type IdentityApi, startIdentityApi } from '../support/identity.ts';

type Json = Record<string, unknown>;

describe('the openstack command signs in', () => {
  let served: IdentityApi;
  let endpoint: string;
  let directory: string;
  before(async () => {
    served = await startIdentityApi();
    await served.api.app.listen({ host: '::1', port: 0 });
    endpoint = `http://[::1]:${(served.api.app.server.address() as AddressInfo).port}`;
    directory = await mkdtemp(join(tmpdir(), 'sextant-sign-in-'));
  });
  after(async () => {
    await served.close();
    await rm(directory, { recursive: true });
  });

  /** Runs commands in one process: it takes a second to start. Returns what each printed as JSON, and all errors. */
  async function openstack(
    as: NodeJS.ProcessEnv,
    ...commands: string[]
  ): Promise<{ printed: unknown[]; errors: string }> {
    const child = spawn('/usr/bin/openstack', [], {
      // The distribution's own Python: packages of another one are not its.
      env: { PATH: '/usr/bin:/bin', HOME: directory, OS_IDENTITY_API_VERSION: '3', ...as },
    });
    child.stdin.end(`${commands.join('\n')}\n`);
    const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const documents = out.split(/(?<=^(?:[}\]]|\[\]))\n/m).filter((part) => part.trim() !== '');
    const printed = documents.map((part) => JSON.parse(part));
    return { printed, errors };
  }

  const credentials = (user: string, password: string, project: string): NodeJS.ProcessEnv => ({
    ...{ OS_AUTH_URL: `${endpoint}/identity/v3`, OS_USERNAME: user, OS_PASSWORD: password },
    ...{ OS_PROJECT_NAME: project, OS_USER_DOMAIN_NAME: 'Default', OS_PROJECT_DOMAIN_NAME: 'Default' },
  });

  it('as an administrator makes projects and users, who see their own networks alone', async (t) => {
    const { endpoint: others } = await serve(t, () => [200, { quota_set: {} }]);
    const { status, err } = await sextant(endpoint, `cloud-config --name here --output ${directory}`, {
      OS_PASSWORD: ADMIN_PASSWORD,
    });
    assert.equal(status, 0, err);
    const admin = { OS_CLIENT_CONFIG_FILE: join(directory, 'clouds.yaml'), OS_CLOUD: 'here' };
    const first = await openstack(
      admin,
      'project create -f json red',
      'user create -f json --domain default --password secret-of-ruth ruth',
      'role add --project red --user ruth member',
      'role assignment list -f json --names --project red',
      'network create -f json --project red made-for-red',
      'network create -f json of-admin',
      'catalog list -f json',
      'token issue -f json',
      // Its commands about quotas ask every service that there may be.
      'service create -f json --name nova compute',
      `endpoint create -f json --region RegionOne nova public ${others}`,
      'service create -f json --name cinderv3 volumev3',
      `endpoint create -f json --region RegionOne cinderv3 public ${others}`,
    );
    assert.equal(first.errors, '');
    const [project, user, assignments, forRed, , catalog, token] = first.printed as Json[];
    assert.equal(project?.name, 'red');
    assert.equal(user?.name, 'ruth');
    assert.deepEqual(
      (assignments as unknown as Json[]).map(({ Role, User, Project }) => [Role, User, Project]),
      [['member', 'ruth@Default', 'red@Default']],
    );
    assert.equal(forRed?.project_id, project?.id);
    assert.deepEqual((catalog as unknown as Json[]).map(({ Type }) => Type).sort(), ['identity', 'network']);
    assert.match(String(token?.id), /^sxt1\./);
    const limits = await openstack(
      admin,
      'quota set --networks 2 --check-limit red',
      'quota show -f json red',
      'quota list --network -f json',
    );
    // It says that it finds no versions there.
    assert.doesNotMatch(limits.errors, /\b40\d\b|Exception/);
    const [quota, quotas] = limits.printed as Json[];
    assert.deepEqual([quota?.networks, quota?.ports, quota?.project_name], [2, 500, 'red']);
    assert.deepEqual(
      (quotas as unknown as Json[]).map(({ Networks }) => Networks),
      [2],
    );

    const ruth = credentials('ruth', 'secret-of-ruth', 'red');
    const second = await openstack(
      ruth,
      'network create -f json mine',
      'subnet create -f json --network mine --ip-version 6 --subnet-range fd00:1::/64 s',
      'port create -f json --network mine p',
      'network create -f json one-too-many',
      'network list -f json',
      'port show -f json p',
      'port delete p',
      'subnet delete s',
      'network delete mine',
      'network list -f json',
      'application credential create -f json robot',
      'project show -f json red',
    );
    assert.match(second.errors, /^[^\n]*409, Quota exceeded for resources: \['network'\][^\n]*\n$/);
    const [mine, , port, all, , left, robot, shown] = second.printed as Json[];
    assert.equal(mine?.project_id, project?.id);
    assert.equal(port?.project_id, project?.id);
    const names = (list: unknown): unknown[] => (list as Json[]).map(({ Name }) => Name).sort();
    assert.deepEqual(names(all), ['made-for-red', 'mine']);
    assert.deepEqual(names(left), ['made-for-red']);
    assert.equal(shown?.name, 'red');

    const program = {
      OS_AUTH_TYPE: 'v3applicationcredential',
      OS_AUTH_URL: `${endpoint}/identity/v3`,
      OS_APPLICATION_CREDENTIAL_ID: String(robot?.id),
      OS_APPLICATION_CREDENTIAL_SECRET: String(robot?.secret),
    };
    const third = await openstack(program, 'network list -f json', 'user list -f json');
    assert.deepEqual(names(third.printed[0]), ['made-for-red']);
    assert.match(third.errors, /403/);
    const own = await sextant('', 'network list -f json', program);
    assert.equal(own.status, 0, own.err);
    assert.deepEqual(names(JSON.parse(own.out)), ['made-for-red']);

    const last = await openstack(
      admin,
      'network list -f json --project red',
      'user set --disable ruth',
      'network delete made-for-red',
      'role remove --project red --user ruth member',
      'user delete ruth',
      'project delete red',
      'user list -f json',
    );
    assert.equal(last.errors, '');
    assert.deepEqual(names(last.printed[0]), ['made-for-red']);
    assert.deepEqual(names(last.printed[1]), ['admin']);
    const gone = await openstack(ruth, 'network list -f json');
    assert.match(gone.errors, /401/);
  });
});
