/** Which ACLs are logged follows the logs, and the groups of the ports that they name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Northbound } from '../../src/engine/northbound/northbound.ts';
import { afterwards } from '../support/afterwards.ts';
import { type Body, startTestApi } from '../support/api.ts';
import { log, TestServer } from '../support/ovsdb-server.ts';

test('the ACLs of the groups that logs cover are logged, and no others', async (t) => {
  const api = await startTestApi();
  afterwards(t, () => api.close());
  const server = await TestServer.northbound(t);
  const northbound = await Northbound.start({
    store: api.store,
    remote: server.remote,
    settings: { packetTooBigBelow: 1422 },
    log,
  });
  afterwards(t, () => northbound.stop());
  /** Names and matches of the ACLs that are logged, once everything is applied. */
  const logged = async (): Promise<string[]> => {
    await northbound.settled();
    assert.deepEqual(northbound.reconciler.failures, []);
    const found = server.nbctl('--format=json', '--columns=name,match', 'find', 'ACL', 'log=true');
    const { data } = JSON.parse(found) as { data: [name: string, match: string][] };
    return data.map((row) => row.join(': ')).sort();
  };
  const makeLog = async (wish: object): Promise<string> => {
    const request = { log: { resource_type: 'security_group', ...wish } };
    const { status, body } = await api.call('POST', '/v2.0/log/logs', request);
    assert.equal(status, 201, JSON.stringify(body));
    return `/v2.0/log/logs/${body.log?.id}`;
  };
  const dropsOf = (group: Body, ports: string): string[] =>
    ['inport', 'outport'].map((side) => `group-${group.id}: ${side} == ${ports} && ip`);

  const network = await api.make('network', {});
  const [web, mail] = [await api.make('security_group', {}), await api.make('security_group', {})];
  const port = await api.make('port', { network_id: network.id, security_groups: [web.id] });
  assert.deepEqual(await logged(), []);

  const ofPort = await makeLog({ target_id: port.id, event: 'DROP' });
  const only = `{"${port.id}"}`;
  assert.deepEqual(await logged(), dropsOf(web, only));
  await api.call('PUT', `/v2.0/ports/${port.id}`, { port: { security_groups: [mail.id] } });
  assert.deepEqual(await logged(), dropsOf(mail, only));

  const ofGroup = await makeLog({ resource_id: mail.id, event: 'DROP' });
  const members = `@pg_${String(mail.id).replaceAll('-', '_')}`;
  assert.deepEqual(await logged(), dropsOf(mail, members), 'one covers the other');
  await api.call('PUT', ofGroup, { log: { enabled: false } });
  assert.deepEqual(await logged(), dropsOf(mail, only));
  await api.call('DELETE', `/v2.0/ports/${port.id}`);
  assert.deepEqual(await logged(), [], 'the log went with its port');
  assert.equal((await api.call('GET', ofPort)).status, 404);

  const ofProject = await makeLog({ event: 'ACCEPT' });
  const rules = (await api.call('GET', '/v2.0/security-group-rules')).body.security_group_rules as Body[];
  const names = async () => (await logged()).map((line) => line.split(':')[0]);
  assert.deepEqual(await names(), rules.map(({ id }) => `rule-${id}`).sort());
  await api.call('DELETE', ofProject);
  assert.deepEqual(await names(), []);
});
