import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listeningApi } from '../../../test/support/command.ts';
import { Capabilities, NeutronClient } from '../../client/index.ts';
import { Belongings } from './belongings.ts';
import { Tenant } from './tenant.ts';
import { TopologyRecord } from './topology.ts';

test('what a tenant makes, and who is plugged in where', async (t) => {
  const endpoint = await listeningApi(t);
  await using belongings = new Belongings();
  const record = new TopologyRecord();
  assert.equal(record.topology, undefined);
  const as = (role: string) =>
    NeutronClient.at(endpoint, { headers: { 'X-Project-Id': 'p1', 'X-Roles': role } });
  const admin = as('admin');
  belongings.removeLater(async () => admin.close());
  const access = {
    projectId: 'p1',
    client: as('member'),
    admin,
    capabilities: Capabilities.whole,
    physicalNetwork: 'physnet1',
    mark: { prefix: 'gap-' },
    isShared: false,
  };
  const tenant = new Tenant(access, belongings, record.of('red'));

  const [left, right] = [await tenant.network('left'), await tenant.network('right')];
  const fixed = await tenant.subnet6(left, 'fd06:1::/64', 'slaac');
  await tenant.subnet4(right, '10.0.0.0/24');
  const router = await tenant.router('router', [fixed]);
  const one = await tenant.port(left, { mac_address: 'fa:16:3e:00:00:01' });
  const two = await tenant.port(right, { fixed_ips: [{ ip_address: '10.0.0.9' }] });
  record.instance('both', [two.id, one.id]);
  record.port({ id: 'unknown to the API', network_id: right.id, fixed_ips: [] });
  record.instance('upstream', ['unknown to the API'], 'outside');
  await tenant.client.removeRouterInterface(router.id, { subnet_id: fixed.id });

  assert.deepEqual(record.topology, {
    networks: [
      { name: 'left', tenant: 'red', subnets: ['fd06:1::/64 slaac'] },
      { name: 'right', tenant: 'red', subnets: ['10.0.0.0/24'] },
    ],
    routers: [{ name: 'router', networks: [0] }],
    instances: [
      {
        name: 'both',
        interfaces: [
          { network: 1, addresses: ['10.0.0.9'] },
          { network: 0, addresses: ['fd06:1::f816:3eff:fe00:1'] },
        ],
      },
      { name: 'upstream', place: 'outside', interfaces: [{ network: 1, addresses: [] }] },
    ],
  });
});
