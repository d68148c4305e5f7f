import assert from 'node:assert/strict';
import { test } from 'node:test';
import { network, subnet } from '../../../../test/support/records.ts';
import { linkLocalAddress } from '../../../addressing/index.ts';
import { serviceMac } from '../../../host-contract/index.ts';
import { allGroups, snoopingConfig } from './multicast.ts';
import { planNetwork } from './plan.ts';

const snooped = network({ multicastSnooping: true, type: 'flat', physicalNetwork: 'physnet1' });

test('without snooping OVN floods multicast, as it does by itself', () => {
  assert.deepEqual(snoopingConfig(network(), []), {});
  assert.deepEqual(allGroups(network()), {});
});

test('with snooping, who asked for nothing gets nothing, and OVN asks as the service port', () => {
  const config = snoopingConfig(snooped, [subnet('fd00:1::/64')]);
  const mac = serviceMac('n1');
  assert.equal(config.mcast_snoop, 'true');
  assert.equal(config.mcast_flood_unregistered, 'false');
  assert.equal(config.mcast_eth_src, mac.toString());
  assert.equal(config.mcast_ip6_src, linkLocalAddress(mac).toString());
  assert.equal(config.mcast_ip4_src, undefined);
});

test('IGMP queries are for networks with IPv4', () => {
  assert.equal(snoopingConfig(snooped, [subnet('10.0.0.0/24')]).mcast_ip4_src, '169.254.169.254');
});

test('members outlive two queries that were lost', () => {
  const config = snoopingConfig(snooped, []);
  const [interval, response, idle] = [
    config.mcast_query_interval,
    config.mcast_query_max_response,
    config.mcast_idle_timeout,
  ].map(Number) as [number, number, number];
  assert.ok(idle > 2 * interval && idle >= 2 * interval + response);
});

test('services and the physical network hear all groups', () => {
  const [, service, localnet] = planNetwork(snooped, []);
  for (const row of [service, localnet]) {
    const options = row?.columns.options as Record<string, string>;
    assert.equal(options.mcast_flood, 'true');
    assert.equal(options.mcast_flood_reports, 'true');
  }
});
