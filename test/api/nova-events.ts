import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  dropNovaEvents,
  leaseNovaEvents,
  type NovaEvent,
  noteForNova,
  releaseNovaEvents,
  setPortStatus,
} from '../../src/resources/index.ts';
import type { Body } from '../support/api.ts';
import { api, post } from './harness.ts';

const SERVERS = ['one', 'two'].map((_, index) => `5e4f0000-0000-4000-8000-00000000000${index}`) as [
  string,
  string,
];

/** What Nova is to be told of its instances' ports. */
export function describeNovaEvents(): void {
  const now = () => Math.floor(Date.now() / 1_000);
  const note = (isWanted: boolean) => api.store.transaction((tx) => noteForNova(tx, isWanted));
  const lease = async (at = now()): Promise<NovaEvent[]> =>
    (await api.store.transaction((tx) => leaseNovaEvents(tx, at))).events;
  const drop = (events: readonly NovaEvent[]) => api.store.transaction((tx) => dropNovaEvents(tx, events));
  /** What waits, as it is told; and it waits no more. */
  const told = async (): Promise<(string | null)[][]> => {
    const events = await lease();
    if (events.length > 0) await drop(events);
    return events.map(({ server_uuid, name, status, tag }) => [server_uuid, name, status, tag]);
  };
  const status = ({ id }: Body, value: 'ACTIVE' | 'DOWN') =>
    api.store.transaction((tx) => setPortStatus(tx, [String(id)], value));
  const put = async (path: string, body: object) =>
    assert.equal((await api.call('PUT', `/v2.0/${path}`, body)).status, 200);

  describe('events for Nova', () => {
    let network: Body;
    const port = (device_id: string, device_owner = 'compute:nova') =>
      api.make('port', { network_id: network.id, device_id, device_owner });
    before(async () => {
      await note(true);
      network = await api.make('network', {});
    });
    after(() => note(false));

    it('are of ports of instances that are plugged in, changed, unplugged and deleted', async () => {
      const [server] = SERVERS;
      const made = await port(server);
      assert.deepEqual(await told(), []);
      await status(made, 'ACTIVE');
      await status(made, 'ACTIVE');
      await put(`ports/${made.id}`, { port: { name: 'other' } });
      await put(`ports/${made.id}`, { port: { name: 'again' } });
      await status(made, 'DOWN');
      assert.equal((await api.call('DELETE', `/v2.0/ports/${made.id}`)).status, 204);
      assert.deepEqual(await told(), [
        [server, 'network-vif-plugged', 'completed', made.id],
        [server, 'network-changed', null, null],
        [server, 'network-vif-unplugged', 'completed', made.id],
        [server, 'network-vif-deleted', null, made.id],
      ]);
    });

    it('are not of other ports', async () => {
      for (const made of [await port('machine'), await port(SERVERS[0], 'network:dhcp')]) {
        await status(made, 'ACTIVE');
        await put(`ports/${made.id}`, { port: { name: 'other' } });
        assert.equal((await api.call('DELETE', `/v2.0/ports/${made.id}`)).status, 204);
      }
      assert.deepEqual(await told(), []);
    });

    it('tell of floating IPs, of whom they leave as well', async () => {
      const [one, two] = SERVERS;
      const outside = await api.make('network', { 'router:external': true });
      await api.make('subnet', { network_id: outside.id, ip_version: 6, cidr: '2001:db8:4e0::/64' });
      const place = { network_id: network.id, ip_version: 6, cidr: 'fd00:4e0::/64' };
      const inner = await api.make('subnet', place);
      const router = await api.make('router', { external_gateway_info: { network_id: outside.id } });
      await put(`routers/${router.id}/add_router_interface`, { subnet_id: inner.id });
      const [first, second] = [await port(one), await port(two)];
      await told();
      const floating = await api.make('floatingip', { floating_network_id: outside.id, port_id: first.id });
      assert.deepEqual(await told(), [[one, 'network-changed', null, null]]);
      await put(`floatingips/${floating.id}`, { floatingip: { port_id: second.id } });
      assert.deepEqual((await told()).map(([server]) => server).sort(), [one, two]);
      assert.equal((await api.call('DELETE', `/v2.0/floatingips/${floating.id}`)).status, 204);
      assert.deepEqual(await told(), [[two, 'network-changed', null, null]]);
    });

    it('are leased to one at a time, in their order, until they are told or the lease ends', async () => {
      const made = await port(SERVERS[0]);
      await status(made, 'ACTIVE');
      const at = now();
      const events = await lease(at);
      await status(made, 'DOWN');
      assert.deepEqual([events.length, await lease(at)], [1, []]);
      await api.store.transaction((tx) => releaseNovaEvents(tx, events));
      assert.equal((await lease(at)).length, 2);
      assert.deepEqual(await lease(at + 119), []);
      const again = await lease(at + 121);
      assert.deepEqual(
        again.map(({ name }) => name),
        ['network-vif-plugged', 'network-vif-unplugged'],
      );
      await drop(again);
    });

    it('are given up when they are old', async () => {
      await status(await port(SERVERS[0]), 'ACTIVE');
      const { events, lost } = await api.store.transaction((tx) => leaseNovaEvents(tx, now() + 700));
      assert.deepEqual([events, lost], [[], 1]);
    });

    it('are not noted while nobody tells Nova', async () => {
      await status(await port(SERVERS[0]), 'ACTIVE');
      await note(false);
      await status(await port(SERVERS[1]), 'ACTIVE');
      await note(true);
      assert.deepEqual(await told(), []);
    });

    it('go with what is undone', async () => {
      const made = await port(SERVERS[0]);
      const wrong = { port: { name: 'x', fixed_ips: [{ ip_address: '203.0.113.1' }] } };
      assert.notEqual((await api.call('PUT', `/v2.0/ports/${made.id}`, wrong)).status, 200);
      assert.equal((await post('ports', { ports: [{ network_id: network.id }, {}] })).status, 400);
      assert.deepEqual(await told(), []);
    });
  });
}
