import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { Address, AddressRange, subtractRanges } from '../../src/addressing/index.ts';
import { RequestError } from '../../src/errors/index.ts';
import { giveBack, setRanges, takeGiven, takeNext } from '../../src/resources/subnet/allocator.ts';
import { addressesOf, createNetwork, createPort, createSubnet, deletePort } from '../support/operations.ts';
import { onEachDatabase } from '../support/stores.ts';

const isError = (type: string) => (error: unknown) => error instanceof RequestError && error.type === type;

onEachDatabase('address allocation', (databases) => {
  it('never gives two ports the same address, from two processes at once', async () => {
    const store = await databases.fresh();
    const other = await databases.again(store);
    const network = await createNetwork(store);
    await createSubnet(store, { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/24' });
    await createSubnet(store, { network_id: network.id, ip_version: 6, cidr: 'fd00:1::/64' });
    const ports = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        createPort(index % 2 ? store : other, { network_id: network.id }),
      ),
    );
    const all = ports.flatMap(addressesOf);
    assert.equal(all.length, 400);
    assert.equal(new Set(all).size, 400);
  });

  it('lets one of many who ask for the same address have it', async () => {
    const store = await databases.fresh();
    const other = await databases.again(store);
    const network = await createNetwork(store);
    await createSubnet(store, { network_id: network.id, ip_version: 6, cidr: 'fd00:1::/64' });
    await createSubnet(store, {
      network_id: network.id,
      ip_version: 6,
      cidr: 'fd00:2::/64',
      ipv6_ra_mode: 'slaac',
      ipv6_address_mode: 'slaac',
    });
    for (const address of ['fd00:1::77', 'fd00:2::77']) {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) =>
          createPort(index % 2 ? store : other, {
            network_id: network.id,
            fixed_ips: [{ ip_address: address }],
          }),
        ),
      );
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
      assert.equal(refused.length, 19);
      for (const { reason } of refused)
        assert.ok(reason instanceof RequestError && reason.status === 409, String(reason));
    }
  });

  it('fills a small subnet to the last address, then says so, and takes back what is deleted', async () => {
    const store = await databases.fresh();
    const network = await createNetwork(store);
    await createSubnet(store, { network_id: network.id, ip_version: 4, cidr: '192.0.2.0/29' });
    const ports = [];
    for (let count = 0; count < 5; count++) ports.push(await createPort(store, { network_id: network.id }));
    assert.deepEqual(ports.flatMap(addressesOf), [
      '192.0.2.2',
      '192.0.2.3',
      '192.0.2.4',
      '192.0.2.5',
      '192.0.2.6',
    ]);
    await assert.rejects(
      createPort(store, { network_id: network.id }),
      isError('IpAddressGenerationFailure'),
    );
    const [, second] = ports;
    assert.ok(second);
    await deletePort(store, second);
    assert.deepEqual(addressesOf(await createPort(store, { network_id: network.id })), ['192.0.2.3']);
  });

  it('gives an address that was given back out again as late as it can', async () => {
    const store = await databases.fresh();
    const network = await createNetwork(store);
    await createSubnet(store, { network_id: network.id, ip_version: 4, cidr: '192.0.2.0/28' });
    const create = () => createPort(store, { network_id: network.id });
    const seen: string[] = [];
    for (let count = 0; count < 13; count++) {
      const port = await create();
      seen.push(...addressesOf(port));
      await deletePort(store, port);
    }
    assert.equal(new Set(seen).size, 13);
    assert.deepEqual(addressesOf(await create()), seen.slice(0, 1));
  });

  it('touches the same few rows in a nearly full /16 as in an empty one', async () => {
    const store = await databases.fresh();
    const network = await createNetwork(store);
    const subnet = await createSubnet(store, { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/16' });
    // All but three addresses are taken, far apart.
    const left = ['10.0.7.9', '10.0.200.1', '10.0.255.254'].map(Address.parse);
    await store.transaction(async (tx) =>
      setRanges(
        tx,
        subnet.id,
        left.map((address) => AddressRange.of(address, address)),
      ),
    );
    for (const expected of left) {
      assert.deepEqual(addressesOf(await createPort(store, { network_id: network.id })), [
        expected.toString(),
      ]);
    }
    await assert.rejects(
      createPort(store, { network_id: network.id }),
      isError('IpAddressGenerationFailure'),
    );
    const rows = await store.read.selectFrom('free_ranges').selectAll().execute();
    assert.deepEqual(rows, []);
  });

  it('keeps the free ranges equal to a plain set, whatever is taken and given back', async () => {
    const store = await databases.fresh();
    const network = await createNetwork(store);
    const subnet = await createSubnet(store, { network_id: network.id, ip_version: 6, cidr: 'fd00::/120' });
    const first = Address.parse('fd00::10');
    const whole = AddressRange.of(first, first.plus(15));
    const step = fc.record({ give: fc.boolean(), given: fc.boolean(), offset: fc.nat(15) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const free = new Set<string>(Array.from({ length: 16 }, (_, offset) => first.plus(offset).sortKey));
        await store.transaction(async (tx) => {
          setRanges(tx, subnet.id, [whole]);
          await tx.db.deleteFrom('allocation_cursors').execute();
          let last = '';
          for (const { give, given, offset } of steps) {
            const address = first.plus(offset);
            if (give) {
              if (!free.has(address.sortKey)) await giveBack(tx, subnet.id, address);
              free.add(address.sortKey);
            } else if (given) {
              await takeGiven(tx, subnet.id, address);
              free.delete(address.sortKey);
            } else {
              const sorted = [...free].sort();
              const expected = sorted.find((key) => key > last) ?? sorted[0];
              assert.equal((await takeNext(tx, subnet.id, 1))[0]?.sortKey, expected);
              if (!expected) continue;
              free.delete(expected);
              last = expected;
            }
          }
          const rows = await tx.db
            .selectFrom('free_ranges')
            .select(['first', 'last'])
            .orderBy('first')
            .execute();
          const taken = Array.from({ length: 16 }, (_, offset) => first.plus(offset)).filter(
            ({ sortKey }) => !free.has(sortKey),
          );
          const expected = subtractRanges(
            [whole],
            taken.map((address) => AddressRange.of(address, address)),
          );
          assert.deepEqual(
            rows.map(({ first, last }) => ({ first, last })),
            expected.map((range) => ({ first: range.first.sortKey, last: range.last.sortKey })),
          );
        });
      }),
      { numRuns: 40 },
    );
  });
});
