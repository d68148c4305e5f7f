import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CloudError, cloudFromEnvironment, cloudsFiles, loadCloud, parseCloud } from './clouds.ts';

const file = `
clouds:
  open:
    auth_type: none
    auth: { endpoint: 'http://[::1]:9696' }
  given:
    auth_type: admin_token
    auth: { endpoint: 'http://[::1]:9696', token: secret }
  whole:
    auth:
      auth_url: https://keystone.example/v3
      username: demo
      password: 12345
      project_name: lab
      project_domain_name: Labs
      user_domain_id: default
    region_name: R1
    interface: internal
    verify: false
  by-id:
    auth_type: v3token
    auth: { auth_url: 'https://keystone.example', token: t, project_id: p1 }
    network_endpoint_override: http://[::1]:9696
  robot:
    auth_type: v3applicationcredential
    auth:
      auth_url: https://keystone.example
      application_credential_id: c1
      application_credential_secret: s
  named-robot:
    auth_type: v3applicationcredential
    auth:
      auth_url: https://keystone.example
      application_credential_name: backup
      username: demo
      user_domain_name: Labs
      application_credential_secret: s
  unfinished:
    auth: { auth_url: 'https://keystone.example', username: demo }
  strange:
    auth_type: kerberos
  crooked:
    auth: text
`;
const read = (name: string) => parseCloud(file, name, 'clouds.yaml');

test('application credentials, by id and by name', () => {
  const identity = (name: string) => {
    const { access } = read(name);
    return access.type === 'keystone' ? access.options.identity : undefined;
  };
  assert.deepEqual(identity('robot'), { applicationCredential: { id: 'c1', secret: 's' } });
  assert.deepEqual(identity('named-robot'), {
    applicationCredential: {
      name: 'backup',
      user: { name: 'demo', domain: { name: 'Labs' } },
      secret: 's',
    },
  });
});

test('auth types none and admin_token', () => {
  assert.deepEqual(read('open').access, { type: 'none', endpoint: 'http://[::1]:9696', headers: {} });
  assert.deepEqual(read('given').access, {
    type: 'none',
    endpoint: 'http://[::1]:9696',
    headers: { 'x-auth-token': 'secret' },
  });
});

test('auth types password (the default) and token', () => {
  assert.deepEqual(read('whole'), {
    tls: { ca: undefined, cert: undefined, key: undefined, verify: false },
    access: {
      type: 'keystone',
      options: {
        authUrl: 'https://keystone.example/v3',
        identity: { user: { name: 'demo', domain: { id: 'default' } }, password: '12345' },
        project: { name: 'lab', domain: { name: 'Labs' } },
        region: 'R1',
        interface: 'internal',
        endpoint: undefined,
      },
    },
  });
  assert.deepEqual(read('by-id').access, {
    type: 'keystone',
    options: {
      authUrl: 'https://keystone.example',
      identity: { token: 't' },
      project: { id: 'p1' },
      region: undefined,
      interface: 'public',
      endpoint: 'http://[::1]:9696',
    },
  });
});

test('what is wrong is named with its place', () => {
  const wrong: Record<string, RegExp> = {
    absent: /clouds.yaml has no cloud absent. It has: open, given, whole/,
    unfinished: /clouds.yaml: clouds.unfinished.auth.password is missing/,
    strange: /clouds.strange.auth_type is kerberos. Known: none/,
    crooked: /clouds.crooked.auth must be a mapping/,
  };
  for (const [name, message] of Object.entries(wrong)) {
    assert.throws(
      () => read(name),
      (error) => error instanceof CloudError && message.test(error.message),
      name,
    );
  }
});

test('the file is found by OS_CLIENT_CONFIG_FILE, and certificates by their paths', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'clouds-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'clouds.yaml');
  writeFileSync(join(directory, 'ca.pem'), 'PEM');
  writeFileSync(
    path,
    `clouds: { a: { auth_type: none, auth: { endpoint: 'http://x' }, cacert: ${directory}/ca.pem } }`,
  );
  assert.equal(loadCloud('a', { OS_CLIENT_CONFIG_FILE: path }).tls.ca, 'PEM');
  const missing = join(directory, 'missing.yaml');
  assert.throws(
    () => loadCloud('a', { OS_CLIENT_CONFIG_FILE: missing }),
    (error) => error instanceof CloudError && error.message.includes(missing),
  );
  assert.deepEqual(cloudsFiles({ XDG_CONFIG_HOME: '/c' }), [
    'clouds.yaml',
    '/c/openstack/clouds.yaml',
    '/etc/openstack/clouds.yaml',
  ]);
});

test('the environment names a cloud as the file does', () => {
  assert.equal(cloudFromEnvironment({ OS_USERNAME: 'demo', SEXTANT_ENDPOINT: 'x' }), undefined);
  const auth = { OS_AUTH_URL: 'https://keystone.example/v3', OS_REGION_NAME: 'R1' };
  const optionsOf = (env: NodeJS.ProcessEnv) => {
    const access = cloudFromEnvironment({ ...auth, ...env })?.access;
    return access?.type === 'keystone' ? access.options : undefined;
  };
  const password = optionsOf({
    OS_USERNAME: 'demo',
    OS_PASSWORD: '12345',
    OS_PROJECT_NAME: 'lab',
    OS_USER_DOMAIN_NAME: 'Labs',
    OS_PROJECT_DOMAIN_ID: 'default',
    OS_IDENTITY_API_VERSION: '3',
  });
  assert.deepEqual(password, {
    authUrl: 'https://keystone.example/v3',
    identity: { user: { name: 'demo', domain: { name: 'Labs' } }, password: '12345' },
    project: { name: 'lab', domain: { id: 'default' } },
    region: 'R1',
    interface: 'public',
    endpoint: undefined,
  });
  assert.deepEqual(optionsOf({ OS_TOKEN: 't', OS_PROJECT_ID: 'p' })?.identity, { token: 't' });
  const robot = { OS_APPLICATION_CREDENTIAL_ID: 'c', OS_APPLICATION_CREDENTIAL_SECRET: 's' };
  assert.deepEqual(optionsOf(robot)?.identity, { applicationCredential: { id: 'c', secret: 's' } });
  assert.deepEqual(cloudFromEnvironment({ OS_ENDPOINT: 'http://[::1]:9696' })?.access, {
    type: 'none',
    endpoint: 'http://[::1]:9696',
    headers: {},
  });
  assert.throws(() => optionsOf({ OS_USERNAME: 'demo' }), /OS_\*\.auth\.password is missing/);
});
