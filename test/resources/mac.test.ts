import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Mac } from '../../src/addressing/index.ts';
import { RequestError } from '../../src/errors/index.ts';
import { randomMac, unusedMacs } from '../../src/resources/port/mac.ts';
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
    assert.equal(String(await unusedMacs(store.read, network.id, 1, draw)), 'fa:16:3e:00:00:02');
    assert.equal(String(await unusedMacs(store.read, other.id, 1, draw)), taken.toString());
    await assert.rejects(unusedMacs(store.read, network.id, 1, draw), (error) => {
      assert.ok(error instanceof RequestError);
      assert.equal(error.type, 'MacAddressGenerationFailure');
      return true;
    });
  });

  it('are of the range that OpenStack uses', () => {
    assert.match(String(randomMac()), /^fa:16:3e(:[0-9a-f]{2}){3}$/);
  });
});
