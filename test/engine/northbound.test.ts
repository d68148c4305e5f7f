import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Northbound } from '../../src/engine/northbound/northbound.ts';
import { type Body, startTestApi, type TestApi } from '../support/api.ts';
import { log, TestServer } from '../support/ovsdb-server.ts';

interface Rig {
  readonly api: TestApi;
  readonly server: TestServer;
  readonly northbound: Northbound;
}

async function follow(t: TestContext, api: TestApi, server: TestServer): Promise<Northbound> {
  const northbound = await Northbound.start({
    store: api.store,
    remote: server.remote,
    settings: { gatewayChassis: ['chassis-1'], packetTooBigBelow: 1422 },
    pollMs: 50,
    log,
  });
  t.after(() => northbound.stop());
  return northbound;
}

async function start(t: TestContext): Promise<Rig> {
  const api = await startTestApi();
  t.after(() => api.close());
  const server = await TestServer.northbound(t);
  return { api, server, northbound: await follow(t, api, server) };
}

/** Rows of a table as ovn-nbctl shows them, one line each: the columns asked for, separated by spaces. */
function rows(server: TestServer, table: string, ...columns: string[]): string[] {
  const json = server.nbctl('--format=json', `--columns=${columns.join()}`, 'list', table);
  const { data } = JSON.parse(json) as { data: unknown[][] };
  return data
    .map((row) => row.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(' '))
    .sort();
}

const column = (server: TestServer, table: string, record: unknown, name: string): string =>
  server.nbctl('--bare', `--columns=${name}`, 'list', table, String(record)).trim();

/** A SLAAC network with a port, all of it applied. */
async function network({ api, northbound }: Rig): Promise<{ network: Body; subnet: Body; port: Body }> {
  const made = await api.make('network', { name: 'n1' });
  const subnet = await api.make('subnet', {
    network_id: made.id,
    ip_version: 6,
    cidr: 'fd00:1::/64',
    ipv6_ra_mode: 'slaac',
    ipv6_address_mode: 'slaac',
  });
  const port = await api.make('port', { network_id: made.id });
  await northbound.settled();
  return { network: made, subnet, port };
}

test('what the API makes, changes and deletes is in the northbound database', async (t) => {
  const rig = await start(t);
  const { api, server, northbound } = rig;
  const { network: net, subnet, port } = await network(rig);
  assert.deepEqual(rows(server, 'Logical_Switch', 'name'), [`neutron-${net.id}`]);
  const [address] = port.fixed_ips as unknown as { ip_address: string }[];
  const sources = column(server, 'Logical_Switch_Port', port.id, 'port_security');
  assert.match(sources, new RegExp(`^${port.mac_address} fe80::\\S+ ${address!.ip_address}$`));
  assert.equal(column(server, 'Logical_Switch_Port', port.id, 'addresses'), sources);

  const router = await api.make('router', { name: 'r1' });
  const attach = await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, {
    subnet_id: subnet.id,
  });
  await northbound.settled();
  const routerPort = `lrp-${attach.body.port_id}`;
  assert.equal(column(server, 'Logical_Router_Port', routerPort, 'networks'), 'fd00:1::/64');
  assert.match(column(server, 'Logical_Router_Port', routerPort, 'ipv6_ra_configs'), /address_mode=slaac/);
  assert.match(server.nbctl('show', `neutron-${router.id}`), new RegExp(routerPort));

  await api.call('PUT', `/v2.0/ports/${port.id}`, { port: { admin_state_up: false } });
  await northbound.settled();
  assert.equal(column(server, 'Logical_Switch_Port', port.id, 'enabled'), 'false');

  await api.call('PUT', `/v2.0/routers/${router.id}/remove_router_interface`, { subnet_id: subnet.id });
  for (const path of [`routers/${router.id}`, `ports/${port.id}`, `networks/${net.id}`]) {
    assert.equal((await api.call('DELETE', `/v2.0/${path}`)).status, 204);
  }
  await northbound.settled();
  for (const table of [
    'Logical_Switch',
    'Logical_Switch_Port',
    'Logical_Router',
    'Logical_Router_Port',
    'DHCP_Options',
  ]) {
    assert.deepEqual(rows(server, table, '_uuid'), [], table);
  }
});
