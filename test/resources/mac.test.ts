import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Mac } from '../../src/addressing/index.ts';
import { RequestError } from '../../src/errors/index.ts';
import { findHolders } from '../../src/resources/port/holders.ts';
import { drawMacs, randomMac } from '../../src/resources/port/mac.ts';
import { createNetwork, createPort } from '../support/operations.ts';
import { onEachDatabase } from '../support/stores.ts';

onEachDatabase('MAC addresses of new ports', (databases) => {
  it('are drawn again when a port of the network has them, and only then', async () => {
    const store = await databases.fresh();
    const [network, other] = [await createNetwork(store), await createNetwork(store)];
    const taken = Mac.parse('fa:16:3e:00:00:01');
    await createPort(store, { network_id: network.id, mac_address: taken.toString() });
    const draws = [taken, taken, Mac.parse('fa:16:3e:00:00:02')];
    const draw = () => draws.shift() ?? taken;
    const drawOn = async ({ id }: { id: string }, given: (Mac | undefined)[] = [undefined]) => {
      const look = (macs: readonly Mac[]) => findHolders(store.read, id, { macs: macs.map(String) });
      return (await drawMacs(id, given, look, draw)).macs.map(String);
    };
    assert.deepEqual(await drawOn(network), ['fa:16:3e:00:00:02']);
    assert.deepEqual(await drawOn(other), [`${taken}`]);
    assert.deepEqual(await drawOn(network, [taken]), [`${taken}`], 'what was given is for others to refuse');
    draws.push(
      Mac.parse('fa:16:3e:00:00:03'),
      Mac.parse('fa:16:3e:00:00:03'),
      Mac.parse('fa:16:3e:00:00:04'),
    );
    assert.deepEqual(await drawOn(other, [undefined, undefined]), ['fa:16:3e:00:00:03', 'fa:16:3e:00:00:04']);
    await assert.rejects(drawOn(network), (error) => {
      assert.ok(error instanceof RequestError);
      assert.equal(error.type, 'MacAddressGenerationFailure');
      return true;
    });
  });

  it('are of the range that OpenStack uses', () => {
    assert.match(String(randomMac()), /^fa:16:3e(:[0-9a-f]{2}){3}$/);
  });
});
