import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Body, startTestApi, type TestApi } from '../../test/support/api.ts';
import { settings } from '../../test/support/operations.ts';
import { quiet } from '../../test/support/stores.ts';
import { ServerChannel } from '../host/server-channel.ts';
import { PORT_HEADER } from '../host-contract/index.ts';
import { startHostApi } from './host-api.ts';
import { HostMetrics } from './host-metrics.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3sS3mOLcSm8oC2ZfGQWzKvN2kqbTTk0q1oE6v0uC5x';
const member = (project: string) => ({ 'x-project-id': project, 'x-roles': 'member' });

describe('metadata for hosts', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-metadata-'));
  const socket = join(directory, 'host-api.sock');
  let api: TestApi;
  let hostApi: Awaited<ReturnType<typeof startHostApi>>;
  let instance: Body;
  before(async () => {
    api = await startTestApi();
    hostApi = await startHostApi({
      store: api.store,
      settings,
      hostMetrics: new HostMetrics(),
      socket,
      log: quiet,
    });
    const gzip = Buffer.from([0x1f, 0x8b, 0x00, 0xff]);
    instance = await api.make(
      'instance',
      {
        name: 'Web server',
        user_data: gzip.toString('base64'),
        user_data_encoding: 'base64',
        public_keys: [{ key, name: 'ann' }],
      },
      member('red'),
    );
  });
  after(async () => {
    await hostApi.close();
    await api.close();
    rmSync(directory, { recursive: true });
  });

  /** A port of a project, on a network of its own. */
  async function makePort(project: string, wish: object): Promise<string> {
    const network = await api.make('network', { dns_domain: `${project}.example.` }, member(project));
    const subnet = { network_id: network.id, ip_version: 6, cidr: 'fd00:1::/64' };
    await api.make('subnet', subnet, member(project));
    return String((await api.make('port', { network_id: network.id, ...wish }, member(project))).id);
  }

  async function told(portId: string, path: string) {
    const headers = portId === '' ? {} : { [PORT_HEADER]: portId };
    return new ServerChannel(socket).request({ method: 'GET', path: `/metadata${path}`, headers });
  }
  const metaData = async (portId: string) =>
    JSON.parse((await told(portId, '/openstack/latest/meta_data.json')).body.toString());

  it('is the instance’s own: octets, names, keys, all its ports', async () => {
    const first = await makePort('red', { device_id: instance.id });
    const second = await makePort('red', { device_id: instance.id });
    const userData = await told(first, '/latest/user-data');
    assert.deepEqual([...userData.body], [0x1f, 0x8b, 0x00, 0xff]);
    assert.equal(userData.headers['content-type'], 'application/octet-stream');
    const meta = await metaData(first);
    assert.equal(meta.uuid, instance.id);
    assert.equal(meta.hostname, 'web-server.red.example');
    assert.deepEqual(meta.public_keys, { ann: key });
    const { links } = JSON.parse((await told(second, '/openstack/latest/network_data.json')).body.toString());
    assert.deepEqual(
      links.map((link: Body) => link.vif_id),
      [second, first],
    );
  });

  it('is nothing of another project’s, whatever device_id a port has', async () => {
    const thief = await makePort('blue', { device_id: instance.id, dns_name: 'thief' });
    assert.equal((await told(thief, '/latest/user-data')).status, 404);
    const meta = await metaData(thief);
    assert.equal(meta.project_id, 'blue');
    assert.equal(meta.hostname, 'thief.blue.example');
    assert.deepEqual(meta.public_keys, {});
    const { links } = JSON.parse((await told(thief, '/openstack/latest/network_data.json')).body.toString());
    assert.equal(links.length, 1);
  });

  it('is what the port alone says when nobody described the instance', async () => {
    const port = await makePort('red', { name: 'My Port' });
    const meta = await metaData(port);
    assert.equal(meta.uuid, port);
    assert.equal(meta.hostname, 'my-port.red.example');
    assert.equal((await told(port, '/latest/user-data')).status, 404);
  });

  it('is told to hosts alone, and of ports that there are', async () => {
    assert.equal(statSync(socket).mode & 0o777, 0o600);
    assert.equal((await told('', '/latest')).status, 404);
    assert.equal((await told('00000000-0000-4000-8000-000000000000', '/latest')).status, 404);
    const port = await makePort('red', {});
    assert.equal((await told(port, '/latest/../openstack')).status, 404);
    assert.equal((await told(port, '/')).status, 200);
  });
});
