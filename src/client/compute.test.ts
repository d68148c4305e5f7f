import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, type Received, serve } from '../../test/support/http-server.ts';
import type { Cloud } from './clouds.ts';
import { ComputeClient } from './compute.ts';
import { NeutronApiError } from './error.ts';

/** A cloud whose catalog leads to these answers, at `/compute` and `/image`. */
async function cloudOf(
  t: Parameters<typeof serve>[0],
  answer: (received: Received) => Answer,
): Promise<{ client: ComputeClient; received: Received[] }> {
  const root = { url: '' };
  const { endpoint, received } = await serve(t, (one) => {
    if (!one.url.endsWith('/auth/tokens')) return answer(one);
    const catalog = ['compute', 'image'].map((type) => ({
      type,
      endpoints: [{ interface: 'public', url: `${root.url}/${type}` }],
    }));
    return [201, { token: { catalog, project: { id: 'own' }, roles: [] } }, { 'x-subject-token': 'secret' }];
  });
  root.url = endpoint;
  const cloud: Cloud = {
    tls: {},
    access: {
      type: 'keystone',
      options: {
        authUrl: endpoint,
        identity: { token: 't' },
        interface: 'public',
        endpoint: 'http://[::1]:1',
      },
    },
  };
  const client = ComputeClient.ofCloud(cloud);
  t.after(() => client.close());
  return { client, received };
}

test('a server is asked for with its port and script, and its state is read', async (t) => {
  const { client, received } = await cloudOf(t, ({ method }) =>
    method === 'POST'
      ? [202, { server: { id: 's1' } }]
      : [200, { server: { id: 's1', name: 'n', status: 'ERROR', fault: { message: 'No valid host' } } }],
  );
  const wish = { name: 'n', imageId: 'i', flavorId: 'f', portId: 'p', userData: '#!/bin/sh\n' };
  assert.equal(await client.createServer(wish), 's1');
  const { url, headers, body } = received.at(-1)!;
  assert.equal(url, '/compute/servers');
  assert.equal(headers['x-auth-token'], 'secret');
  assert.deepEqual((body as { server: object }).server, {
    name: 'n',
    imageRef: 'i',
    flavorRef: 'f',
    networks: [{ port: 'p' }],
    user_data: 'IyEvYmluL3NoCg==',
    config_drive: true,
  });
  assert.deepEqual(await client.server('s1'), {
    id: 's1',
    name: 'n',
    status: 'ERROR',
    fault: 'No valid host',
  });
});

test('an image is found by its name, or its id', async (t) => {
  const { client } = await cloudOf(t, ({ url }) => {
    if (url === '/image/v2/images?name=debian') return [200, { images: [{ id: 'i1', name: 'debian' }] }];
    if (url.includes('?name=')) return [200, { images: [] }];
    return url.endsWith('/i1') ? [200, { id: 'i1', name: 'debian' }] : [404, 'No image found'];
  });
  assert.equal((await client.findImage('debian'))?.id, 'i1');
  assert.equal((await client.findImage('i1'))?.name, 'debian');
  assert.equal(await client.findImage('other'), undefined);
});

test('what a project may still have is what limits leave; those without an end do not', async (t) => {
  const absolute = { maxTotalInstances: 10, totalInstancesUsed: 8, maxTotalCores: -1, maxTotalRAMSize: 2048 };
  const { client } = await cloudOf(t, () => [200, { limits: { absolute } }]);
  assert.deepEqual(await client.room(), { servers: 2, cores: Number.POSITIVE_INFINITY, memory: 2048 });
});

test('who may not see all projects sees the servers of its own', async (t) => {
  const servers = [
    { id: '1', name: 'sextant-gap-abc123-carrier', status: 'ACTIVE' },
    { id: '2', name: 'other', status: 'ACTIVE' },
  ];
  const { client } = await cloudOf(t, ({ url }) =>
    url.includes('all_tenants') ? [403, { forbidden: { message: 'no', code: 403 } }] : [200, { servers }],
  );
  assert.deepEqual(
    (await client.serversNamed('sextant-gap-')).map(({ id }) => id),
    ['1'],
  );
});

test("a refusal has Nova's words", async (t) => {
  const { client } = await cloudOf(t, () => [
    403,
    { forbidden: { message: 'Quota exceeded for instances', code: 403 } },
  ]);
  const refused = client.attachPort('s', 'p');
  await assert.rejects(
    refused,
    (error) => error instanceof NeutronApiError && /Quota exceeded for instances/.test(error.message),
  );
  await assert.rejects(refused, { type: 'forbidden', status: 403 });
});
