import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApi } from '../../../../test/support/api.ts';
import { readPorts } from './read.ts';

test('routers of the network’s project lead to what is delegated, and those of guests do not', async (t) => {
  const api = await startTestApi();
  t.after(() => api.close());
  const network = await api.make('network', { shared: true, project_id: 'red' });
  const wish = { network_id: network.id, ip_version: 6, cidr: 'fd00:1::/64' };
  const subnet = await api.make('subnet', wish);
  const interfaceOf = async (project: string, body: object) => {
    const router = await api.make('router', { project_id: project });
    const added = await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, body);
    assert.equal(added.status, 200, JSON.stringify(added.body));
    return router.id;
  };
  const own = await interfaceOf('red', { subnet_id: subnet.id });
  const foot = await api.make('port', { network_id: network.id, project_id: 'blue' });
  await interfaceOf('blue', { port_id: foot.id });
  const delegated = { network_id: network.id, delegated_prefixes: ['fd00:77::/56'] };
  const port = await api.make('port', delegated);
  const [source] = await readPorts(api.store.read, [String(port.id)]);
  assert.deepEqual(
    source?.routersToDelegated.map(({ routerId }) => routerId),
    [own],
  );
});
