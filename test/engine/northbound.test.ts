import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Northbound } from '../../src/engine/northbound/northbound.ts';
import { recordHeartbeat } from '../../src/resources/agent/heartbeat.ts';
import { journalEnd, readJournal } from '../../src/store/index.ts';
import { afterwards } from '../support/afterwards.ts';
import { type Body, startTestApi, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { databaseContents } from '../support/ovsdb-contents.ts';
import { log, TestServer } from '../support/ovsdb-server.ts';

interface Rig {
  readonly api: TestApi;
  readonly server: TestServer;
  readonly northbound: Northbound;
}

async function openApi(t: TestContext): Promise<TestApi> {
  const api = await startTestApi();
  afterwards(t, () => api.close());
  return api;
}

async function follow(t: TestContext, api: TestApi, server: TestServer): Promise<Northbound> {
  const northbound = await Northbound.start({
    store: api.store,
    remote: server.remote,
    settings: { packetTooBigBelow: 1422 },
    pollMs: 50,
    log,
  });
  afterwards(t, () => northbound.stop());
  return northbound;
}

async function start(t: TestContext): Promise<Rig> {
  const api = await openApi(t);
  const server = await TestServer.northbound(t);
  return { api, server, northbound: await follow(t, api, server) };
}

/** The logical switch ports but for those of hosts' services, which every network has. */
function instancePorts(server: TestServer): string[] {
  return all(server, 'Logical_Switch_Port', 'name').filter((name) => !name.startsWith('svc-'));
}

/** A column of all rows of a table. */
const all = (server: TestServer, table: string, column: string): string[] =>
  server.nbctl('--bare', `--columns=${column}`, 'list', table).split('\n').filter(Boolean).sort();

/** A column of one row. */
const column = (server: TestServer, table: string, record: string, name: string): string =>
  server.nbctl('--bare', `--columns=${name}`, 'list', table, record);

/** All that counts in the database: two equal states have it in common. */
const contents = ({ remote }: TestServer): string[] =>
  databaseContents(remote, 'OVN_Northbound', {
    without: ['NB_Global'],
    withoutKey: 'sextant:digest',
  }).filter((line) => !line.includes('"sextant_cursor"'));

const slaac = (network: Body, cidr: string) => ({
  network_id: network.id,
  ip_version: 6,
  cidr,
  ipv6_ra_mode: 'slaac',
  ipv6_address_mode: 'slaac',
});

interface Topology {
  readonly network: string;
  readonly subnet: string;
  readonly port: string;
  readonly router: string;
  readonly group: string;
}

/** A SLAAC network with a protected port, and a router with an external gateway; all of it applied. */
async function build({ api, northbound }: Rig): Promise<Topology> {
  const configurations = { bridge_mappings: 'physnet1:br-ex' };
  await api.store.transaction((tx) =>
    recordHeartbeat(tx, { host: 'h1', chassis: 'chassis-1', configurations }),
  );
  const external = await api.make('network', {
    name: 'outside',
    'router:external': true,
    'provider:network_type': 'vlan',
    'provider:physical_network': 'physnet1',
  });
  await api.make('subnet', {
    network_id: external.id,
    ip_version: 4,
    cidr: '203.0.113.0/24',
    enable_dhcp: false,
  });
  await api.make('subnet', {
    network_id: external.id,
    ip_version: 6,
    cidr: '2001:db8:e::/64',
    enable_dhcp: false,
  });
  const network = await api.make('network', { name: 'inside' });
  const subnet = await api.make('subnet', slaac(network, 'fd00:1::/64'));
  const v4 = await api.make('subnet', { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/24' });
  const router = await api.make('router', {
    name: 'r1',
    external_gateway_info: { network_id: external.id },
  });
  for (const { id } of [subnet, v4]) {
    await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: id });
  }
  const group = await api.make('security_group', { name: 'web' });
  await api.make('security_group_rule', {
    security_group_id: group.id,
    direction: 'ingress',
    ethertype: 'IPv6',
    protocol: 'tcp',
    port_range_min: 80,
    port_range_max: 80,
  });
  const port = await api.make('port', { network_id: network.id, security_groups: [group.id] });
  await northbound.settled();
  const idOf = ({ id }: Body) => String(id);
  return {
    network: idOf(network),
    subnet: idOf(subnet),
    port: idOf(port),
    router: idOf(router),
    group: idOf(group),
  };
}

test('hardware goes together with the group of hosts that serves it', async (t) => {
  const { api, server, northbound } = await start(t);
  const network = await api.make('network', {
    'provider:network_type': 'vlan',
    'provider:physical_network': 'physnet1',
  });
  const port = await api.make('port', { network_id: network.id, 'binding:vnic_type': 'direct' });
  await northbound.settled();
  const [group] = all(server, 'HA_Chassis_Group', '_uuid');
  assert.equal(column(server, 'Logical_Switch_Port', `${port.id}`, 'ha_chassis_group'), group);
  await api.call('DELETE', `/v2.0/ports/${port.id}`);
  await northbound.settled();
  assert.deepEqual([all(server, 'HA_Chassis_Group', '_uuid'), instancePorts(server).length], [[], 1]);
});

test('what the API makes, changes and deletes is in the northbound database', async (t) => {
  const rig = await start(t);
  const { api, server, northbound } = rig;
  await northbound.settled();
  const empty = contents(server);
  const made = await build(rig);
  const addresses = column(server, 'Logical_Switch_Port', made.port, 'addresses');
  assert.match(addresses, /^fa:16:3e\S+ fe80::\S+ 10\.0\.0\.\d+ fd00:1::\S+$/);
  const sources = column(server, 'Logical_Switch_Port', made.port, 'port_security');
  assert.equal(sources, `${addresses} fe80::/64 fd00:1::/64`);
  assert.ok(all(server, 'Logical_Switch', 'name').includes(`neutron-${made.network}`));
  assert.deepEqual(all(server, 'Logical_Router_Static_Route', 'ip_prefix'), ['0.0.0.0/0', '::/0']);
  assert.deepEqual(all(server, 'NAT', 'logical_ip'), ['10.0.0.0/24']);
  assert.equal(all(server, 'Gateway_Chassis', 'chassis_name').join(), 'chassis-1');
  const portsOfGroup = column(server, 'Port_Group', `pg_${made.group.replaceAll('-', '_')}`, 'ports');
  assert.equal(portsOfGroup, column(server, 'Logical_Switch_Port', made.port, '_uuid'));

  await api.call('PUT', `/v2.0/ports/${made.port}`, {
    port: { admin_state_up: false, security_groups: [], port_security_enabled: false },
  });
  await northbound.settled();
  assert.equal(column(server, 'Logical_Switch_Port', made.port, 'enabled'), 'false');
  assert.match(column(server, 'Logical_Switch_Port', made.port, 'addresses'), /unknown/);
  assert.equal(column(server, 'Port_Group', `pg_${made.group.replaceAll('-', '_')}`, 'ports'), '');
  assert.ok(
    column(server, 'Port_Group', 'sextant_open', 'ports').includes(
      column(server, 'Logical_Switch_Port', made.port, '_uuid'),
    ),
  );

  const { body } = await api.call('GET', '/v2.0/subnets?name=');
  for (const { id } of body.subnets as Body[]) {
    await api.call('PUT', `/v2.0/routers/${made.router}/remove_router_interface`, { subnet_id: id });
  }
  for (const collection of ['ports', 'routers', 'networks', 'security-groups']) {
    const { body } = await api.call('GET', `/v2.0/${collection}`);
    for (const { id } of body[collection.replace('-', '_')] as Body[]) {
      await api.call('DELETE', `/v2.0/${collection}/${id}`);
    }
  }
  await northbound.settled();
  assert.deepEqual(contents(server), empty);
});

test('a burst of ports becomes a few transactions', async (t) => {
  const rig = await start(t);
  const { api, server, northbound } = rig;
  const network = await api.make('network', {});
  await api.make('subnet', slaac(network, 'fd00:1::/64'));
  await northbound.settled();
  const { counters } = northbound.reconciler;
  const before = { ...counters };
  await Promise.all(Array.from({ length: 300 }, () => api.make('port', { network_id: network.id })));
  await northbound.settled();
  assert.equal(instancePorts(server).length, 300);
  assert.ok(counters.transactions - before.transactions < 100, `${counters.transactions} transactions`);
  assert.equal(counters.repairs, before.repairs, 'our own writes are not mistaken for drift');
});

test('the cost of a change does not grow with the network', async (t) => {
  const rig = await start(t);
  const { api, northbound } = rig;
  const { counters } = northbound.reconciler;
  const network = await api.make('network', {});
  await api.make('subnet', slaac(network, 'fd00:1::/64'));
  const group = await api.make('security_group', { name: 'all' });
  await northbound.settled();
  await northbound.reconciler.audit();
  const costs: unknown[] = [];
  for (const count of [1, 200]) {
    const wish = { network_id: network.id, security_groups: [group.id] };
    await api.call('POST', '/v2.0/ports', { ports: Array.from({ length: count }, () => wish) });
    await northbound.settled();
    const before = { ...counters };
    await api.make('port', wish);
    await northbound.settled();
    costs.push({ units: counters.units - before.units, operations: counters.operations - before.operations });
  }
  assert.deepEqual(costs[0], costs[1]);
  // The port, and what of it leaves by its own host.
  assert.equal((costs[0] as { units: number }).units, 2);
});

/** Things that people do with ovn-nbctl to rows that are not theirs. */
const mischief: Record<string, (server: TestServer, made: Topology) => unknown> = {
  'a column is changed': (server, { port }) => server.nbctl('lsp-set-addresses', port, 'unknown'),
  'a column is emptied': (server, { port }) => server.nbctl('lsp-set-port-security', port),
  'an option is added': (server, { network }) =>
    server.nbctl('set', 'Logical_Switch', `neutron-${network}`, 'other_config:mcast_snoop=true'),
  'a port is deleted': (server, { port }) => server.nbctl('lsp-del', port),
  'a port leaves its groups': (server, { group }) =>
    server.nbctl('clear', 'Port_Group', `pg_${group.replaceAll('-', '_')}`, 'ports'),
  'no port is open any more': (server) => server.nbctl('clear', 'Port_Group', 'sextant_open', 'ports'),
  'a port joins another group of ours': (server, { port, group }) => {
    const mine = `pg_${group.replaceAll('-', '_')}`;
    const other = all(server, 'Port_Group', 'name').find((name) => name.startsWith('pg_') && name !== mine);
    server.nbctl('pg-set-ports', other!, port);
  },
  'a switch is deleted with all its ports': async (server, { network }) => {
    const name = `neutron-${network}`;
    server.nbctl('ls-del', name);
    await eventually('the switch is back', () => all(server, 'Logical_Switch', 'name').includes(name));
    // Their port in it is not ours to bring back.
    server.nbctl('lsp-add', name, 'guest');
  },
  'a router is deleted with all its ports': (server, { router }) =>
    server.nbctl('lr-del', `neutron-${router}`),
  'a group is deleted': (server) => server.nbctl('pg-del', 'sextant_open'),
  'the rules of a group are deleted': (server) => server.nbctl('acl-del', 'sextant_open'),
  'a reference is cleared': (server, { port }) =>
    server.nbctl('clear', 'Logical_Switch_Port', port, 'dhcpv4_options'),
  'DHCP options are deleted': (server) => server.nbctl('--all', 'destroy', 'DHCP_Options'),
  'the marks are taken off a port': (server, { port }) =>
    server.nbctl('clear', 'Logical_Switch_Port', port, 'external_ids'),
  'the marks of a port are given to a unit that does not exist': (server, { port }) =>
    server.nbctl('set', 'Logical_Switch_Port', port, 'external_ids:sextant\\:unit=port/0'),
  'a digest is forged': (server, { port }) =>
    server.nbctl('set', 'Logical_Switch_Port', port, 'external_ids:sextant\\:digest=x', 'enabled=false'),
  'a row of ours is copied': (server, { network }) =>
    server.nbctl(
      'create',
      'Logical_Switch',
      `name=copy`,
      `external_ids:sextant\\:unit=network/${network}`,
      'external_ids:sextant\\:key=switch',
    ),
  'a row poses as a unit that does not exist': (server) =>
    server.nbctl(
      'create',
      'Logical_Switch',
      'name=ghost',
      'external_ids:sextant\\:unit=network/0',
      'external_ids:sextant\\:key=switch',
    ),
  'the cursor is lost': async (server) => {
    server.nbctl('clear', 'Address_Set', 'sextant_cursor', 'external_ids');
    await eventually('the cursor is back', () =>
      column(server, 'Address_Set', 'sextant_cursor', 'external_ids').includes('sextant:cursor'),
    );
  },
};

test('drift is repaired, and foreign rows are left alone', async (t) => {
  const rig = await start(t);
  const { server, northbound } = rig;
  server.nbctl('ls-add', 'elsewhere');
  server.nbctl('lsp-add', 'elsewhere', 'x', '--', 'pg-add', 'their_group', 'x');
  const made = await build(rig);
  server.nbctl('lsp-add', `neutron-${made.network}`, 'guest');
  const intact = contents(server);
  assert.ok(intact.some((row) => row.includes('their_group')));
  for (const [what, act] of Object.entries(mischief)) {
    await t.test(what, async () => {
      await act(server, made);
      await eventually(
        'all is as it was',
        () =>
          northbound.reconciler.failures.length === 0 &&
          JSON.stringify(contents(server)) === JSON.stringify(intact),
      );
    });
  }
});

/** Makes ports until told to stop; all that were acknowledged. */
async function burst(
  api: TestApi,
  network: unknown,
  count: number,
  each: (made: number) => void,
): Promise<string[]> {
  let made = 0;
  const work = Array.from({ length: count }, async () => {
    const { id } = await api.make('port', { network_id: network });
    each(++made);
    return String(id);
  });
  return (await Promise.all(work)).sort();
}

test('a database server that is killed in a burst gets every port, once', async (t) => {
  const { api, server, northbound } = await start(t);
  const { id: network } = await api.make('network', {});
  await northbound.settled();
  let restarted = Promise.resolve();
  const ports = await burst(api, network, 400, (made) => {
    if (made === 100 || made === 300) restarted = restarted.then(() => server.restart());
  });
  await restarted;
  await northbound.settled();
  assert.deepEqual(instancePorts(server), ports);
});

test('a database that was wiped is built anew', async (t) => {
  const rig = await start(t);
  const { server, northbound } = rig;
  await build(rig);
  const intact = contents(server);
  await server.kill();
  server.wipe();
  await server.start();
  await eventually('all is as it was', () => JSON.stringify(contents(server)) === JSON.stringify(intact));
  await northbound.settled();
});

test('what happened while nobody reconciled is caught up with, from where the last one stopped', async (t) => {
  const rig = await start(t);
  const { api, server } = rig;
  const made = await build(rig);
  const intact = contents(server);
  await rig.northbound.stop();
  server.nbctl('lsp-del', made.port);
  const { id } = await api.make('port', { network_id: made.network });
  const later = await follow(t, api, server);
  await later.settled();
  assert.ok(all(server, 'Logical_Switch_Port', 'name').includes(String(id)));
  await later.reconciler.audit();
  await api.call('DELETE', `/v2.0/ports/${id}`);
  await later.settled();
  assert.deepEqual(contents(server), intact);
});

test('a database that followed another store is made to follow this one', async (t) => {
  const rig = await start(t);
  await build(rig);
  await rig.northbound.stop();
  const { server } = rig;
  server.nbctl('ls-add', 'theirs');
  const api = await openApi(t);
  const { id } = await api.make('network', {});
  const northbound = await follow(t, api, server);
  await northbound.settled();
  assert.deepEqual(all(server, 'Logical_Switch', 'name'), [`neutron-${id}`, 'theirs']);
  assert.deepEqual(all(server, 'Port_Group', 'name'), ['sextant_open']);
});

test('a start from nothing heeds a stop before all is there, and the next one does the rest', async (t) => {
  const api = await openApi(t);
  const network = await api.make('network', {});
  const wish = { network_id: network.id };
  for (let made = 0; made < 3_000; made += 500)
    await api.call('POST', '/v2.0/ports', { ports: Array(500).fill(wish) });
  const server = await TestServer.northbound(t);
  const first = await follow(t, api, server);
  await eventually('some are there', () => first.reconciler.counters.transactions > 2);
  await first.stop();
  const { length } = instancePorts(server);
  assert.ok(length > 0 && length < 3_000, `${length} ports`);
  const second = await follow(t, api, server);
  await second.settled();
  assert.equal(instancePorts(server).length, 3_000);
});

test('of two reconcilers one acts; the other takes over when it stops', async (t) => {
  const { api, server, northbound: first } = await start(t);
  const second = await follow(t, api, server);
  const network = await api.make('network', {});
  await Promise.all([first.settled(), second.settled()]);
  assert.deepEqual(
    [first, second].map(({ reconciler }) => reconciler.isActing),
    [true, false],
  );
  assert.equal(second.reconciler.counters.transactions, 0);

  let stopped: Promise<void> | undefined;
  const ports = await burst(api, network.id, 300, (made) => {
    if (made === 100) stopped = first.stop();
  });
  await stopped;
  await eventually('the second one acts', () => second.reconciler.isActing);
  await second.settled();
  assert.deepEqual(instancePorts(server), ports);
});

test('the status of a port follows its column up, without an entry in the journal', async (t) => {
  const rig = await start(t);
  const { api, server, northbound } = rig;
  const { port } = await build(rig);
  const status = async () => String((await api.call('GET', `/v2.0/ports/${port}`)).body.port!.status);
  const end = await journalEnd(api.store.read, api.store.dialect);
  assert.equal(await status(), 'DOWN');
  server.nbctl('set', 'Logical_Switch_Port', port, 'up=true');
  await eventually('the port is active', async () => (await status()) === 'ACTIVE');
  await northbound.stop();
  server.nbctl('set', 'Logical_Switch_Port', port, 'up=false');
  await follow(t, api, server);
  await eventually('the port is down', async () => (await status()) === 'DOWN');
  assert.equal(await journalEnd(api.store.read, api.store.dialect), end);
});

test('changes that concern nothing in OVN are followed without a transaction for each', async (t) => {
  const rig = await start(t);
  const { api, northbound } = rig;
  const { port } = await build(rig);
  await northbound.settled();
  const before = northbound.reconciler.counters.transactions;
  const names = Array.from({ length: 30 }, (_, index) => `name-${index}`);
  for (const name of names) await api.call('PUT', `/v2.0/ports/${port}`, { port: { name } });
  await northbound.settled();
  // The cursor is written once in a while.
  assert.ok(northbound.reconciler.counters.transactions - before < names.length / 2);
  await eventually(
    'the journal is empty',
    async () => (await readJournal(api.store.read, 0, 1)).length === 0,
  );
});

test('the journal is forgotten once it is applied', async (t) => {
  const rig = await start(t);
  await build(rig);
  const { store } = rig.api;
  await eventually('the journal is empty', async () => (await readJournal(store.read, 0, 1)).length === 0);
  assert.ok((await journalEnd(store.read, store.dialect)) > 0);
});

test('OVN is asked to know fragments by their connection, and again when somebody undoes that', async (t) => {
  const { server, northbound } = await start(t);
  const option = (name: string) =>
    server.nbctl('--if-exists', 'get', 'NB_Global', '.', `options:${name}`).trim();
  const isSet = () => option('acl_ct_translation') === '"true"';
  await northbound.settled();
  await eventually('the option is set', isSet);
  server.nbctl('remove', 'NB_Global', '.', 'options', 'acl_ct_translation');
  await eventually('the option is set again', isSet);
  // So is how often hosts of gateways look for each other.
  server.nbctl('set', 'NB_Global', '.', 'options:bfd-min-tx=1000');
  await eventually('it is what it was', () => option('bfd-min-tx') === '"100"');
});
