import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from '../../metrics/index.ts';
import { CONTROLLER_METER } from '../../openflow/index.ts';
import { DROP_REASONS, dropFor, flowReason } from './drop-reasons.ts';
import { GuardDrops } from './guard-drops.ts';
import { meterOf } from './pipeline.ts';

const [mac, router] = [dropFor('mac').reason!, dropFor('router').reason!];

test('what flows and meters drop is added up by reason, whatever comes and goes', async () => {
  const metrics = new Registry();
  const drops = new GuardDrops(metrics);
  const counted = async () => {
    const [family] = await metrics.read();
    const samples = family?.samples.map(({ labels, value }) => [labels.reason, value] as const) ?? [];
    assert.deepEqual(
      samples.map(([reason]) => reason),
      DROP_REASONS,
    );
    return Object.fromEntries(samples.filter(([, value]) => value > 0));
  };
  const flow = (name: string, reason: number, packets: number) => ({ flow: name, reason, packets });
  drops.take({ flows: [flow('a', mac, 100)], meters: new Map([[meterOf.dhcp(3), 7]]) });
  assert.deepEqual(await counted(), {}, 'of the process before');
  drops.take({
    flows: [flow('a', mac, 104), flow('b', router, 2), flow('c', 255, 9)],
    meters: new Map([
      [meterOf.dhcp(3), 8],
      [meterOf.claims(4), 5],
      [CONTROLLER_METER, 1_000],
    ]),
  });
  assert.deepEqual(await counted(), { mac: 4, router: 2, 'dhcp-rate': 1, 'claim-rate': 5 });
  drops.take({ flows: [flow('a', mac, 3)], meters: new Map() });
  drops.take({ flows: [flow('a', mac, 3), flow('b', router, 1)], meters: new Map() });
  assert.deepEqual(await counted(), { mac: 7, router: 3, 'dhcp-rate': 1, 'claim-rate': 5 });
});

test('a reason has a number on the switch', () => {
  assert.equal(flowReason(router), 'router');
  assert.notEqual(router, mac);
});
