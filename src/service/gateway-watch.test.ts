import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApi } from '../../test/support/api.ts';
import { eventually } from '../../test/support/eventually.ts';
import { quiet } from '../../test/support/stores.ts';
import { residentName } from '../host-contract/index.ts';
import { recordHeartbeat } from '../resources/agent/heartbeat.ts';
import { GatewayWatch } from './gateway-watch.ts';

test('a gateway stays on the host that took it over, also when that was while nobody looked', async (t) => {
  const api = await startTestApi();
  await api.store.transaction(async (tx) => {
    for (const host of ['h1', 'h2', 'h3'])
      await recordHeartbeat(tx, { host, chassis: host, configurations: {} });
  });
  const outside = await api.make('network', { 'router:external': true });
  const router = await api.make('router', { external_gateway_info: { network_id: outside.id } });
  const placesOf = async () =>
    (await api.call('GET', `/v2.0/routers/${router.id}`)).body.router?.gateway_hosts as unknown as {
      host: string;
      reason: string;
    }[];
  const [port] = (await api.call('GET', `/v2.0/ports?device_id=${router.id}`)).body.ports!;
  const names = async () => (await placesOf()).map(({ host }) => host).join();
  assert.equal(await names(), 'h1,h2,h3');

  /** Where OVN has it. */
  let chassis: string | undefined = 'h2';
  let tell: (ports: ReadonlySet<string>) => void = () => {};
  const resident = residentName(String(port!.id));
  const places = {
    ports: function* () {
      yield resident;
      yield 'somebody';
    },
    chassisOf: () => chassis,
    onMove: (listener: typeof tell) => {
      tell = listener;
      return () => {};
    },
  };
  const watch = new GatewayWatch({ places, store: api.store, log: quiet });
  t.after(async () => {
    await watch.stop();
    await api.close();
  });
  await eventually('it is known who has it', async () => (await names()) === 'h2,h1,h3');
  assert.equal((await placesOf())[0]?.reason, 'took over from h1');
  chassis = undefined;
  tell(new Set([resident]));
  chassis = 'h3';
  tell(new Set([resident]));
  await eventually('and who has it next', async () => (await names()) === 'h3,h2,h1');
});
