import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseCreate } from '../../src/api/request-body.ts';
import type { Port, PortUpdate } from '../../src/resources/port/definition.ts';
import { portOperations } from '../../src/resources/port/operations.ts';
import { definitions } from '../../src/resources/registry.ts';
import { addInterface, removeInterface } from '../../src/resources/router/interfaces.ts';
import { routerOperations } from '../../src/resources/router/operations.ts';
import type { Subnet } from '../../src/resources/subnet/definition.ts';
import type { Store } from '../../src/resources/tables.ts';
import { admin, createNetwork, createSubnet } from '../support/operations.ts';
import { onEachDatabase } from '../support/stores.ts';

const caller = { projectId: 'default', isAdmin: true, canWrite: true, requestId: 'req-1' };
const slaac = { ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' } as const;

/** A router on a new network with these subnets, and ways to attach and detach them. */
async function attached(store: Store, wishes: Record<string, unknown>[]) {
  const network = await createNetwork(store);
  const subnets: Subnet[] = [];
  for (const wish of wishes) subnets.push(await createSubnet(store, { network_id: network.id, ...wish }));
  const router = await store.transaction((tx) =>
    routerOperations.create(
      tx,
      admin,
      parseCreate(definitions.router, {}, caller) as Parameters<typeof routerOperations.create>[2],
    ),
  );
  const attach = (index: number) =>
    store.transaction((tx) => addInterface(tx, admin, router, { subnet_id: subnets[index]!.id }));
  for (const index of subnets.keys()) await attach(index);
  return {
    attach,
    detach: (index: number) =>
      store.transaction((tx) => removeInterface(tx, admin, router, { subnet_id: subnets[index]!.id })),
    retired: () =>
      store.transaction(({ db }) =>
        db
          .selectFrom('retired_prefixes')
          .selectAll()
          .where('network_id', '=', network.id)
          .orderBy('prefix')
          .execute(),
      ),
    /** MAC addresses of the routers that left, the latest first. */
    left: async () =>
      (
        await store.transaction(({ db }) =>
          db
            .selectFrom('retired_routers')
            .selectAll()
            .where('network_id', '=', network.id)
            .orderBy('expires_at', 'desc')
            .execute(),
        )
      ).map(({ mac_address, fixed_ips, expires_at }) => ({
        mac: mac_address,
        addresses: (JSON.parse(fixed_ips) as Port['fixed_ips']).map(({ ip_address }) => ip_address),
        seconds: Math.round((Date.parse(expires_at) - Date.now()) / 1000),
      })),
    port: async () => {
      const row = await store.transaction(({ db }) =>
        db.selectFrom('ports').selectAll().where('device_id', '=', router.id).executeTakeFirstOrThrow(),
      );
      const [port] = await store.transaction(({ db }) => portOperations.load(db, [row], admin.settings));
      return port!;
    },
    change: (port: Port, changes: PortUpdate) =>
      store.transaction((tx) => portOperations.update!(tx, admin, port, changes)),
    /** Makes it look as if what was retired was so long ago. */
    age: () =>
      store.transaction(({ db }) =>
        db.updateTable('retired_prefixes').set({ expires_at: '2020-01-01T00:00:00Z' }).execute(),
      ),
  };
}

onEachDatabase('retired prefixes', (databases) => {
  it('are those that were advertised, for two hours; older ones are forgotten', async () => {
    const store = await databases.fresh();
    const { attach, detach, retired, age } = await attached(store, [
      { ...slaac, cidr: 'fd00:1::/64' },
      { ...slaac, cidr: 'fd00:2::/64' },
      { ip_version: 6, cidr: 'fd00:3::/64' },
      { ip_version: 4, cidr: '10.0.0.0/24' },
    ]);
    assert.deepEqual(await retired(), []);
    for (const index of [0, 2, 3]) await detach(index);
    const [first, ...others] = await retired();
    assert.equal(first?.prefix, 'fd00:1::/64');
    assert.deepEqual(others, [], 'nobody advertised them');
    const left = Date.parse(first.expires_at) - Date.now();
    assert(left > 7_100_000 && left <= 7_200_000, `${left} ms`);

    await attach(0);
    await age();
    await detach(1);
    assert.deepEqual(
      (await retired()).map(({ prefix }) => prefix),
      ['fd00:2::/64'],
    );
    await detach(0);
    assert.equal((await retired()).length, 2);
  });

  it('are those of a router behind a link-local gateway as well', async () => {
    const store = await databases.fresh();
    const { detach, retired } = await attached(store, [
      { ...slaac, cidr: 'fd00:1::/64', gateway_ip: 'fe80::1' },
    ]);
    await detach(0);
    assert.equal((await retired()).length, 1);
  });

  it('go with their routers, which are told of for as long as any instance may believe in them', async () => {
    const store = await databases.fresh();
    const { attach, detach, left, port } = await attached(store, [
      { ...slaac, cidr: 'fd00:1::/64' },
      { ip_version: 6, cidr: 'fd00:3::/64' },
    ]);
    const { mac_address: mac } = await port();
    await detach(1);
    assert.deepEqual(await left(), [], 'it advertised nothing there');
    await detach(0);
    const [gone, ...others] = await left();
    assert.deepEqual(others, []);
    assert.deepEqual([gone?.mac, gone?.addresses], [mac, ['fd00:1::']]);
    assert(gone!.seconds > 65_500 && gone!.seconds <= 65_535, `${gone!.seconds} s`);

    // Each time it is another port.
    for (let times = 0; times < 40; times++) {
      await attach(0);
      await detach(0);
    }
    assert.equal((await left()).length, 32);
  });

  it('go when a router’s port is taken out of use, or gets another MAC address', async () => {
    const store = await databases.fresh();
    const { left, port, change, retired } = await attached(store, [{ ...slaac, cidr: 'fd00:1::/64' }]);
    const first = await port();
    await change(first, { name: 'r' });
    assert.deepEqual(await left(), []);
    await change(first, { admin_state_up: false });
    assert.deepEqual(
      (await left()).map(({ mac }) => mac),
      [first.mac_address],
    );
    assert.equal((await retired()).length, 1);
    await change(await port(), { admin_state_up: true, mac_address: 'fa:16:3e:12:34:56' });
    await change(await port(), { admin_state_up: false });
    assert.deepEqual(
      (await left()).map(({ mac }) => mac).sort(),
      [first.mac_address, 'fa:16:3e:12:34:56'].sort(),
    );
  });
});
