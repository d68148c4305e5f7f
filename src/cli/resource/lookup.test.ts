import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sextant } from '../../../test/support/command.ts';
import { serve } from '../../../test/support/http-server.ts';

const uuid = '01a2017d-146b-78f2-a367-fc4eb8619760';

test('an id that is none is looked for as a name', async (t) => {
  const { endpoint } = await serve(t, ({ url }) =>
    url.startsWith(`/v2.0/networks/${uuid}`)
      ? [404, { NeutronError: { type: 'NetworkNotFound', message: 'no' } }]
      : [200, { networks: [{ id: 'other', name: uuid }] }],
  );
  assert.equal((await sextant(endpoint, `network show ${uuid} -f value -c id`)).out, 'other\n');
});

test('a name that several have is refused with their ids, unless the project decides', async (t) => {
  const { endpoint } = await serve(t, () => [
    200,
    {
      security_groups: [
        { id: 'g1', name: 'default', project_id: 'p1' },
        { id: 'g2', name: 'default', project_id: 'p2' },
      ],
    },
  ]);
  const { status, err } = await sextant(endpoint, 'security group show default');
  assert.equal(status, 1);
  assert.equal(
    err,
    'sextant: 2 security groups are called default: say which one by its id.\n  g1  project p1\n  g2  project p2\n',
  );
  const own = await sextant(endpoint, '--project p2 security group show default -f value -c id');
  assert.equal(own.out, 'g2\n');
});

test('a server that knows no filter by name cannot mislead', async (t) => {
  const { endpoint } = await serve(t, () => [200, { networks: [{ id: 'n1', name: 'red' }] }]);
  const { status, err } = await sextant(endpoint, 'network show blue');
  assert.equal(status, 1);
  assert.match(err, /There is no network blue/);
});

test('a change that somebody else got ahead of is made again on the new state', async (t) => {
  let revision = 1;
  const { endpoint, received } = await serve(t, ({ method, headers }) => {
    const servers = revision === 1 ? ['::1'] : ['::1', '::2'];
    const subnet = { id: 's1', name: 'v6', revision_number: revision, dns_nameservers: servers };
    if (method === 'GET') return [200, { subnets: [subnet] }];
    if (headers['if-match'] !== 'revision_number=2') {
      revision = 2;
      return [412, { NeutronError: { type: 'RevisionNumberConstraintFailed', message: 'stale' } }];
    }
    return [200, { subnet }];
  });
  assert.equal((await sextant(endpoint, 'subnet set --dns-nameserver ::3 v6')).status, 0);
  assert.deepEqual(received.at(-1)?.body, { subnet: { dns_nameservers: ['::1', '::2', '::3'] } });
});

test('deleting several goes on after one that fails, and fails in the end', async (t) => {
  const { endpoint, received } = await serve(t, ({ method, url }) => {
    if (method === 'DELETE') return [204];
    const name = new URL(url, endpoint).searchParams.get('name');
    return [200, { networks: name === 'b' ? [] : [{ id: `id-${name}`, name }] }];
  });
  const { status, err } = await sextant(endpoint, 'network delete a b c');
  assert.equal(status, 1);
  assert.match(err, /^b: There is no network b.*\nsextant: 1 of 3 networks could not be deleted.\n$/);
  assert.deepEqual(
    received.filter(({ method }) => method === 'DELETE').map(({ url }) => url),
    ['/v2.0/networks/id-a', '/v2.0/networks/id-c'],
  );
});

test('an empty name names nothing, not what has no name', async (t) => {
  const { endpoint, received } = await serve(t, () => [200, { ports: [{ id: 'p1', name: '' }] }]);
  const { status, err } = await sextant(endpoint, 'port delete ""');
  assert.equal(status, 2);
  assert.match(err, /name of the port is empty/);
  assert.deepEqual(received, []);
});
