import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Address } from '../../src/addressing/index.ts';
import { MOST_LEARNED } from '../../src/resources/port/definition.ts';
import { learnAddresses, learnedAddresses } from '../../src/resources/port/learned-addresses.ts';
import type { Store } from '../../src/resources/tables.ts';
import { createNetwork, createPort, createSubnet, deletePort } from '../support/operations.ts';
import { onEachDatabase } from '../support/stores.ts';

const slaac = { ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };

const ofPort = (portId: string, addresses: readonly string[]) =>
  addresses.map((text) => ({ portId, address: Address.parse(text), origin: 'traffic' }) as const);

/** @returns those that are not the port's */
const learn = (store: Store, portId: string, ...addresses: string[]): Promise<string[]> =>
  tell(store, ofPort(portId, addresses));
const giveUp = (store: Store, portId: string, ...addresses: string[]): Promise<string[]> =>
  tell(store, [], ofPort(portId, addresses));

async function tell(
  store: Store,
  taken: ReturnType<typeof ofPort>,
  givenUp: ReturnType<typeof ofPort> = [],
): Promise<string[]> {
  const denied = await store.transaction((tx) => learnAddresses(tx, { taken, givenUp }));
  return denied.map(({ address }) => `${address}`);
}

async function learnedOf(store: Store, id: string): Promise<string[]> {
  const row = await store.read
    .selectFrom('ports')
    .select('learned_addresses')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const learned = JSON.parse(row.learned_addresses) as { ip_address: string }[];
  return learned.map(({ ip_address }) => ip_address);
}

onEachDatabase('addresses that instances took', (databases) => {
  async function setting(wish = {}) {
    const store = await databases.fresh();
    const network = await createNetwork(store, wish);
    await createSubnet(store, { network_id: network.id, cidr: 'fd00:a::/64', ...slaac });
    await createSubnet(store, { network_id: network.id, cidr: 'fd00:b::/64', ip_version: 6 });
    const port = (more = {}) => createPort(store, { network_id: network.id, ...more });
    return { store, one: await port(), other: await port(), port };
  }

  it('are the port’s, once, in the order in which they came', async () => {
    const { store, one } = await setting();
    await learn(store, one.id, 'fd00:a::2', 'fe80::1');
    await learn(store, one.id, 'fd00:a::1', 'fd00:a::2');
    assert.deepEqual(await learnedOf(store, one.id), ['fd00:a::2', 'fe80::1', 'fd00:a::1']);
  });

  it('are journalled when they are new, and only then', async () => {
    const { store, one } = await setting();
    const journalled = async () => (await store.read.selectFrom('journal').selectAll().execute()).length;
    const before = await journalled();
    await learn(store, one.id, 'fd00:a::2');
    assert.equal(await journalled(), before + 2, 'the port and its security group');
    await learn(store, one.id, 'fd00:a::2');
    assert.equal(await journalled(), before + 2);
  });

  it('are in SLAAC prefixes of the port, under the policy `prefix`', async () => {
    const { store, one, port } = await setting();
    for (const address of ['fd00:b::1', 'fd00:c::1', 'ff02::1', '10.0.0.1']) {
      assert.deepEqual(await learn(store, one.id, address, 'fd00:a::8'), [address], 'the rest is learned');
    }
    const strict = await port({ address_policy: 'strict' });
    assert.deepEqual(await learn(store, strict.id, 'fd00:a::1'), ['fd00:a::1']);
    assert.deepEqual(await learn(store, 'no-such-port', 'fd00:a::1'), ['fd00:a::1']);
    const cautious = await setting({ address_policy: 'strict' });
    assert.deepEqual(await learn(cautious.store, cautious.one.id, 'fd00:a::1'), ['fd00:a::1']);
  });

  it('are nobody else’s: given to another port, or taken by its instance', async () => {
    const { store, one, other } = await setting();
    const given = other.fixed_ips.find(({ ip_address }) => ip_address?.startsWith('fd00:a'))!.ip_address!;
    assert.deepEqual(await learn(store, one.id, 'fd00:a::6', given), [given]);
    assert.deepEqual(await learn(store, other.id, 'fd00:a::5'), []);
    assert.deepEqual(await learn(store, one.id, 'fd00:a::5'), ['fd00:a::5']);
    assert.deepEqual(await learnedOf(store, one.id), ['fd00:a::6'], 'the rest is learned all the same');
    await deletePort(store, other);
    await learn(store, one.id, 'fd00:a::5');
    assert.deepEqual(await learnedOf(store, one.id), ['fd00:a::6', 'fd00:a::5']);
  });

  it('that its instance gave up are free for others', async () => {
    const { store, one, other } = await setting();
    await learn(store, one.id, 'fd00:a::5', 'fd00:a::6');
    await giveUp(store, one.id, 'fd00:a::5', 'fd00:a::99');
    assert.deepEqual(await learnedOf(store, one.id), ['fd00:a::6']);
    assert.deepEqual(await learn(store, other.id, 'fd00:a::5'), []);
    await giveUp(store, one.id, 'fd00:a::5');
    assert.deepEqual(await learnedOf(store, other.id), ['fd00:a::5'], 'nobody gives up what another has');
  });

  it('are known by their ports', async () => {
    const { store, one, other } = await setting();
    await learn(store, one.id, 'fd00:a::5', 'fe80::1');
    const known = await learnedAddresses(store.read, [one.id, other.id, 'no-such-port']);
    assert.deepEqual(known.map(({ portId, address }) => `${portId} ${address}`).sort(), [
      `${one.id} fd00:a::5`,
      `${one.id} fe80::1`,
    ]);
    assert.deepEqual(await learnedAddresses(store.read, []), []);
  });

  it('that their instance registers later say so', async () => {
    const { store, one } = await setting();
    await learn(store, one.id, 'fd00:a::5', 'fd00:a::6');
    const [registered] = ofPort(one.id, ['fd00:a::5']).map((told) => ({
      ...told,
      origin: 'registration' as const,
    }));
    assert.deepEqual(
      await store.transaction((tx) => learnAddresses(tx, { taken: [registered!], givenUp: [] })),
      [],
    );
    const row = await store.read
      .selectFrom('ports')
      .select('learned_addresses')
      .where('id', '=', one.id)
      .executeTakeFirstOrThrow();
    const learned = JSON.parse(row.learned_addresses) as { origin: string }[];
    assert.deepEqual(
      learned.map(({ origin }) => origin),
      ['registration', 'traffic'],
    );
  });

  it('that one port gives up in a report are another one’s by the same report', async () => {
    const { store, one, other } = await setting();
    await learn(store, one.id, 'fd00:a::5');
    const moved = ['fd00:a::5'];
    assert.deepEqual(await tell(store, ofPort(other.id, moved), ofPort(one.id, moved)), []);
    assert.deepEqual([await learnedOf(store, one.id), await learnedOf(store, other.id)], [[], moved]);
  });

  it('are as many as a port may have; the oldest goes, and others may take it', async () => {
    const { store, one, other } = await setting();
    const addresses = Array.from({ length: MOST_LEARNED + 2 }, (_, index) => `fd00:a::${index + 1}`);
    for (const address of addresses) await learn(store, one.id, address);
    assert.deepEqual(await learnedOf(store, one.id), addresses.slice(2));
    await learn(store, other.id, 'fd00:a::1');
    assert.deepEqual(await learn(store, other.id, 'fd00:a::3'), ['fd00:a::3']);
  });

  it('are given up when they are given to another port', async () => {
    const { store, one, port } = await setting();
    await learn(store, one.id, 'fd00:a::5', 'fe80::f816:3eff:fe00:99', 'fd00:a::6');
    await port({ mac_address: 'fa:16:3e:00:00:99', fixed_ips: [{ ip_address: 'fd00:a::5' }] });
    assert.deepEqual(await learnedOf(store, one.id), ['fd00:a::6']);
  });
});
