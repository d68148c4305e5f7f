/** What an earlier release left in the northbound database is replaced with no port open or cut off in between. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { northboundDatabase } from '../../src/engine/northbound/database.ts';
import { Northbound } from '../../src/engine/northbound/northbound.ts';
import { type Declaration, OvsdbClient, type Row, type TableKinds } from '../../src/ovsdb/index.ts';
import { afterwards } from '../support/afterwards.ts';
import { type Body, startTestApi, type TestApi } from '../support/api.ts';
import { log, TestServer } from '../support/ovsdb-server.ts';

const PORTS_OF_A_KIND = 30;

async function follow(t: TestContext, api: TestApi, server: TestServer): Promise<Northbound> {
  const settings = { packetTooBigBelow: 1422 };
  // Small portions: what could happen between them does.
  const tuning = { batchSize: 5, pollMs: 50 };
  const northbound = await Northbound.start({
    ...{ store: api.store, remote: server.remote, settings, log },
    ...tuning,
  });
  afterwards(t, () => northbound.stop());
  return northbound;
}

/** A network with a router, open ports and protected ones, whose ids it returns. */
async function build(api: TestApi): Promise<string[]> {
  const network = await api.make('network', {});
  const subnet = await api.make('subnet', {
    ...{ network_id: network.id, ip_version: 6, cidr: 'fd00:1::/64' },
    ipv6_ra_mode: 'slaac',
    ipv6_address_mode: 'slaac',
  });
  const router = await api.make('router', {});
  await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id });
  const make = async (port_security_enabled: boolean): Promise<string[]> => {
    const wish = { network_id: network.id, port_security_enabled };
    const { body } = await api.call('POST', '/v2.0/ports', { ports: Array(PORTS_OF_A_KIND).fill(wish) });
    return (body.ports as Body[]).map(({ id }) => String(id));
  };
  await make(false);
  return make(true);
}

/** Puts what dropped packets in earlier releases in the place of what does now. */
function makeEarlier(server: TestServer, protectedPorts: readonly string[]): void {
  server.nbctl('pg-del', 'sextant_open');
  server.nbctl('pg-add', 'sextant_drop', ...protectedPorts);
  const marks = ['external_ids:sextant\\:unit=drop_group/all', 'external_ids:sextant\\:key=group'];
  server.nbctl('set', 'Port_Group', 'sextant_drop', ...marks);
  for (const [direction, port] of [
    ['from-lport', 'inport'],
    ['to-lport', 'outport'],
  ] as const)
    server.nbctl('acl-add', 'sextant_drop', direction, '1000', `${port} == @sextant_drop && ip`, 'drop');
}

/** What is wrong with any port, as OVN reads the database. */
function* wrongPorts(client: OvsdbClient<TableKinds>): Generator<string> {
  const groups = new Map(Array.from(client.table('Port_Group').rows(), (row) => [row.name, row]));
  const [open, drop] = [groups.get('sextant_open'), groups.get('sextant_drop')];
  const holds = (group: Row | undefined, port: Row): boolean =>
    group !== undefined && (group.ports as ReadonlySet<string>).has(port._uuid);
  const acls = (group: Row | undefined): Row[] =>
    Array.from((group?.acls ?? []) as ReadonlySet<string>, (uuid) => client.table('ACL').get(uuid)!);
  const dropsAll = acls(open).some(({ match, action }) => action === 'drop' && match === 'ip');
  const letsOpen = acls(open).some(
    ({ action, match }) => action === 'allow' && /@sextant_open/.test(`${match}`),
  );
  for (const network of client.table('Logical_Switch').rows()) {
    const ports = Array.from(
      network.ports as ReadonlySet<string>,
      (uuid) => client.table('Logical_Switch_Port').get(uuid)!,
    );
    const dropsHere = dropsAll && ports.some((port) => holds(open, port));
    for (const port of ports) {
      const isProtected = port.type === '' && (port.port_security as ReadonlySet<string>).size > 0;
      const isDropped =
        (holds(drop, port) && acls(drop).length > 0) || (dropsHere && !(letsOpen && holds(open, port)));
      if (isDropped !== isProtected) yield `${port.name} is ${isDropped ? 'cut off' : 'open'}`;
    }
  }
}

test('the group of all protected ports goes, and no port is open or cut off meanwhile', async (t) => {
  const api = await startTestApi();
  afterwards(t, () => api.close());
  const server = await TestServer.northbound(t);
  const ports = await build(api);
  const first = await follow(t, api, server);
  await first.settled();
  const layout = () => server.nbctl('--bare', '--columns=name', 'list', 'Port_Group');
  const intact = layout();
  await first.stop();
  makeEarlier(server, ports);

  const declaration: Declaration<TableKinds> = northboundDatabase;
  const watcher = await OvsdbClient.connect({ remote: server.remote, declaration, log });
  afterwards(t, () => watcher.close());
  assert.deepEqual([...wrongPorts(watcher)], []);
  const wrong = new Set<string>();
  let looks = 0;
  watcher.onChange(() => {
    looks++;
    for (const one of wrongPorts(watcher)) wrong.add(one);
  });
  const second = await follow(t, api, server);
  // Changes that come meanwhile are no reason either.
  await build(api);
  await second.settled();
  await second.reconciler.audit();
  await watcher.echo();
  assert.deepEqual([...wrong], []);
  assert.ok(looks > 10, `${looks} looks`);
  assert.deepEqual(layout().split('\n').sort(), intact.split('\n').sort());
});
