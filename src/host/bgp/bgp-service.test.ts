import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quiet } from '../../../test/support/stores.ts';
import type { SwitchDatabase } from '../../switch/index.ts';
import { BgpService } from './bgp-service.ts';

const order = {
  ...{ speaker_id: 's', network_id: 'n', physical_network: 'physnet1', vlan: null, mtu: 1500 },
  ...{ local_as: 64_512, ip_version: 6, mac: 'fa:16:3e:00:00:01', addresses: [], peers: [], routers: [] },
};

test('a host without FRR says so, with the way out, and makes nothing', { timeout: 30_000 }, async () => {
  const told = Promise.withResolvers<unknown>();
  const service = new BgpService({
    // Whatever was done to the switch would fail.
    database: { setting: () => undefined } as unknown as SwitchDatabase,
    facts: { gatewaysHere: () => [], onGateways: () => () => {} },
    ...{ rundir: '/nowhere', switchNamespace: null, namespace: 'sxt-nowhere', host: 'h1', outlive: false },
    hasFrr: () => false,
    channel: {
      request: async ({ body }) => {
        const { reports } = body as { reports: unknown[] };
        if (reports.length > 0) told.resolve(reports[0]);
        return { status: 200, headers: {}, body: Buffer.from(JSON.stringify({ orders: [order] })) };
      },
    },
    log: quiet,
  });
  const reason = 'FRR is not installed on this host, which speaks BGP: apt install frr';
  const sessions = [{ peer_id: null, state: 'down', reason }];
  assert.deepEqual(await told.promise, { speaker_id: 's', network_id: 'n', sessions });
  await service.stop();
});
