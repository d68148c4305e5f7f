/** How many statements a request is, on either database: each costs, whatever it does. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startTestApi, type TestApi } from '../support/api.ts';
import { type PrivatePostgres, startPostgres } from '../support/postgres.ts';
import { type StatementCount, watchPostgres, watchSqlite } from '../support/statement-count.ts';

/**
 * Beside those of the operation: to begin, to be able to undo it, the journal, to end; on PostgreSQL to have one's turn
 * and to tell others, too. Operations that come at the same time share them.
 */
const SHARED = { sqlite: 4, postgres: 6 } as const;

for (const dialect of ['sqlite', 'postgres'] as const) {
  describe(`statements of a request (${dialect})`, () => {
    const around = SHARED[dialect];
    let postgres: PrivatePostgres | undefined;
    let directory: string;
    let api: TestApi;
    let counted: StatementCount;
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), 'sextant-statements-'));
      if (dialect === 'postgres') postgres = await startPostgres();
      counted = dialect === 'postgres' ? watchPostgres() : watchSqlite();
      api = await startTestApi(await postgres?.newDatabase());
    });
    after(async () => {
      counted.end();
      await api.close();
      await postgres?.stop();
      await rm(directory, { recursive: true });
    });

    /** Sends a request, which must take no more statements than `most`. Returns what it made. */
    async function within(most: number, ...request: Parameters<TestApi['call']>) {
      const before = counted.number;
      const { status, body } = await api.call(...request);
      const number = counted.number - before;
      assert.ok(status < 300, JSON.stringify(body));
      assert.ok(number <= most, `${request[0]} ${request[1]}: ${number} statements, at most ${most}`);
      return body;
    }

    test('ports, alone and in bulk', async () => {
      const { id: network_id } = await api.make('network', {});
      const modes = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
      await api.make('subnet', { network_id, ip_version: 6, cidr: 'fd00::/64', ...modes });
      await api.make('port', { network_id });
      const { port } = await within(around + 6, 'POST', '/v2.0/ports', { port: { network_id } });
      const path = `/v2.0/ports/${port!.id}`;
      await within(2, 'GET', path);
      await within(2, 'GET', path, undefined, { 'x-roles': 'member' });
      await within(around + 4, 'PUT', path, { port: { name: 'a' } });
      await within(around + 5, 'DELETE', path);
      await within(around + 37, 'POST', '/v2.0/ports', { ports: Array(500).fill({ network_id }) });
    });

    test('ports with addresses from pools of both families', async () => {
      const { id: network_id } = await api.make('network', {});
      await api.make('subnet', { network_id, ip_version: 6, cidr: 'fd00::/64' });
      await api.make('subnet', { network_id, ip_version: 4, cidr: '10.0.0.0/16' });
      await api.make('port', { network_id });
      const { port } = await within(around + 13, 'POST', '/v2.0/ports', { port: { network_id } });
      await within(around + 11, 'DELETE', `/v2.0/ports/${port!.id}`);
      await within(around + 46, 'POST', '/v2.0/ports', { ports: Array(500).fill({ network_id }) });
    });

    test('a network with a subnet on a router', async () => {
      const { network } = await within(around + 5, 'POST', '/v2.0/networks', { network: {} });
      const wish = { network_id: network!.id, ip_version: 6, cidr: 'fd00::/64' };
      const { subnet } = await within(around + 7, 'POST', '/v2.0/subnets', { subnet: wish });
      const { router } = await within(around + 2, 'POST', '/v2.0/routers', { router: {} });
      const path = `/v2.0/routers/${router!.id}/add_router_interface`;
      await within(around + 13, 'PUT', path, { subnet_id: subnet!.id });
    });

    test('an address that comes into a group, or leaves it', async () => {
      const others = ['fd00::b/128', '10.0.0.0/8', 'fd00::a/128'];
      const { id } = await api.make('address_group', { addresses: others });
      const path = `/v2.0/address-groups/${id}`;
      const addresses = ['fd00::aa'];
      const { address_group } = await within(around + 5, 'PUT', `${path}/add_addresses`, { addresses });
      const all = ['10.0.0.0/8', 'fd00::a/128', 'fd00::aa/128', 'fd00::b/128'];
      assert.deepEqual(address_group!.addresses, all);
      const answer = await within(2, 'GET', path);
      assert.deepEqual(answer.address_group!.addresses, all);
      await within(around + 5, 'PUT', `${path}/remove_addresses`, { addresses });
    });

    test('rules in bulk', async () => {
      const { id } = await api.make('security_group', { name: 'a' });
      const rules = Array.from({ length: 100 }, (_, port) => ({
        security_group_id: id,
        direction: 'ingress',
        ethertype: 'IPv6',
        protocol: 'tcp',
        port_range_min: port + 1,
        port_range_max: port + 1,
      }));
      await within(around + 9, 'POST', '/v2.0/security-group-rules', { security_group_rules: rules });
    });
  });
}
