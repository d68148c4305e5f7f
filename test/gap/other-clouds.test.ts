/** The gap analysis where the API is said to be that of another cloud; without a switch: what of it is not packets. */
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Capabilities, NeutronClient, probeCapabilities } from '../../src/client/index.ts';
import { findLeftovers, type GapOptions, removeLeftovers, runGap } from '../../src/gap/index.ts';
import { startTestApi, type TestApi } from '../support/api.ts';
import { quiet } from '../support/stores.ts';

describe('the gap analysis of another cloud', () => {
  let api: TestApi;
  let endpoint = '';
  let admin: NeutronClient;
  before(async () => {
    api = await startTestApi();
    await api.app.listen({ host: '::1', port: 0 });
    endpoint = `http://[::1]:${(api.app.server.address() as AddressInfo).port}`;
    admin = NeutronClient.at(endpoint);
  });
  after(async () => {
    admin.close();
    await api.close();
  });

  const options = (changes: Partial<GapOptions>): GapOptions => ({
    endpoint,
    engine: 'none',
    claims: false,
    cloud: { capabilities: Capabilities.whole },
    clientFor: () => NeutronClient.at(endpoint),
    progress: () => {},
    log: quiet,
    ...changes,
  });
  const lacking = new Capabilities({
    absent: new Set(['instance']),
    refused: new Map([['port', new Set(['delegated_prefixes'])]]),
    owner: 'tenant_id',
  });
  const made = async () => (await findLeftovers(admin, undefined)).map(({ kind, name }) => `${kind} ${name}`);

  it('what Sextant lacks is not told of it', async () => {
    const { cases } = await runGap(options({ cases: ['dvr', 'v6-only'] }));
    for (const { verdict, missing, claimed } of cases) {
      assert.equal(verdict, 'unverified');
      assert.deepEqual(missing, ['There is no local switch to plug instances into.']);
      assert.equal(claimed, undefined);
    }
  });

  it('what the API lacks is said of the API', async () => {
    const cases = ['metadata', 'prefix-delegation'];
    const report = await runGap(options({ cases, cloud: { capabilities: lacking } }));
    const [metadata, delegation] = report.cases;
    assert.equal(metadata?.verdict, 'unverified');
    assert.match(metadata.missing[0]!, /compute service/);
    assert.equal(delegation?.verdict, 'unverified');
    assert.equal(delegation.missing[0], 'Ports have no delegated_prefixes there.');
  });

  it('an API that gives no answer says nothing of the cloud', async () => {
    const nobody = () => NeutronClient.at('http://[::1]:1');
    const { cases } = await runGap(options({ cases: ['dual-stack'], clientFor: nobody }));
    assert.equal(cases[0]?.verdict, 'unverified');
    assert.match(cases[0].missing[0]!, /nobody listens there/);
  });

  it('with one project nobody else can be played', async () => {
    const client = NeutronClient.at(endpoint, { headers: { 'X-Project-Id': 'one', 'X-Roles': 'member' } });
    const cloud = {
      capabilities: Capabilities.whole,
      projects: [{ id: 'one', client, environment: {} }],
    } as const;
    const { cases } = await runGap(options({ cases: ['multi-tenant'], cloud }));
    client.close();
    assert.equal(cases[0]?.verdict, 'unverified');
    assert.match(cases[0].missing[0]!, /one project/);
  });

  it('what it makes has its name and tag, and goes', async () => {
    const names: string[] = [];
    let tagged = 0;
    const client = NeutronClient.at(endpoint, {
      headers: { 'X-Project-Id': 'one', 'X-Roles': 'member' },
      onExchange: ({ request, answer }) => {
        if (request.url.pathname.endsWith('/tags')) tagged++;
        if (request.method !== 'POST' || answer.status !== 201) return;
        const [[kind, one]] = Object.entries(JSON.parse(request.body!)) as [[string, { name: string }]];
        // A rule has no name, and goes with its group.
        if (kind !== 'security_group_rule') names.push(one.name);
      },
    });
    const projects = [{ id: 'one', client, environment: {} }] as const;
    const cloud = { capabilities: Capabilities.whole, projects };
    await runGap(options({ cases: ['v6-only'], cloud, run: 'abc123' }));
    client.close();
    assert.ok(names.length > 0);
    assert.equal(tagged, names.length);
    assert.ok(
      names.every((name) => name.startsWith('sextant-gap-abc123-')),
      names.join(),
    );
    assert.deepEqual(await made(), []);
  });

  it('what a killed run left is found by its name, and removed', async () => {
    const name = 'sextant-gap-00beef-x';
    const network = await admin.create('network', { name });
    const subnet = await admin.create('subnet', {
      network_id: network.id,
      ip_version: 6,
      cidr: 'fd00::/64',
      ipv6_ra_mode: 'slaac',
      ipv6_address_mode: 'slaac',
    });
    const router = await admin.create('router', { name });
    await admin.addRouterInterface(router.id, { subnet_id: subnet.id });
    await admin.create('port', { name, network_id: network.id });
    await admin.create('security_group', { name });
    const kept = await admin.create('network', { name: 'somebody-else' });
    assert.deepEqual(await findLeftovers(admin, undefined, '111111'), []);
    const found = await findLeftovers(admin, undefined, '00beef');
    assert.deepEqual(
      found.map(({ kind }) => kind),
      ['port', 'router', 'network', 'security_group'],
    );
    assert.deepEqual(await removeLeftovers(admin, undefined, found), []);
    assert.deepEqual(await made(), []);
    assert.equal((await admin.show('network', kept.id)).name, 'somebody-else');
  });

  it('an API is asked what it takes, and nothing is made by that', async () => {
    const before = (await admin.list('network')).length;
    const capabilities = await probeCapabilities(admin);
    assert.ok(capabilities.has('port.address_policy'));
    assert.ok(capabilities.has('anycast_address'));
    assert.equal((await admin.list('network')).length, before);
  });
});
