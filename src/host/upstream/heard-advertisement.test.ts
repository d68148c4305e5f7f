import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Mac } from '../../addressing/index.ts';
import { ALL_NODES, type Frame, frame, icmpv6, ipv6, multicastMac } from '../../packets/index.ts';
import { advertisedIn } from './heard-advertisement.ts';

const ROUTER = { mac: Mac.parse('02:00:00:00:00:01'), address: Address.parse('fe80::1') };

type Preference = 'high' | 'medium' | 'low' | 'reserved';

const advertisement = (preference: Preference, hopLimit = 255, source = ROUTER.address): Frame =>
  frame(
    ROUTER.mac,
    multicastMac(ALL_NODES),
    ipv6(
      source,
      ALL_NODES,
      icmpv6({
        ...{ kind: 'router-advertisement', hopLimit: 64, managed: false, otherConfig: false },
        ...{ preference, routerLifetime: 1800, reachableTime: 0, retransTimer: 0, options: [] },
      }),
      { hopLimit },
    ),
  );

test('an advertisement says who the router is, for how long, and how much it is preferred', () => {
  for (const preference of ['high', 'medium', 'low'] as const)
    assert.deepEqual(advertisedIn(advertisement(preference)), {
      ...{ source: ROUTER.address, sourceMac: ROUTER.mac, lifetime: 1800, preference, vlan: null },
    });
});

test('a preference that is reserved is the usual one (RFC 4191 section 2.2)', () => {
  assert.equal(advertisedIn(advertisement('reserved'))?.preference, 'medium');
});

test('what came by a router, or from an address of no link, advertises nothing', () => {
  assert.equal(advertisedIn(advertisement('high', 64)), undefined);
  assert.equal(advertisedIn(advertisement('high', 255, Address.parse('2001:db8::1'))), undefined);
});
