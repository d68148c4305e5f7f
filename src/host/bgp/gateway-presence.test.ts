import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PortFacts } from '../../host-contract/index.ts';
import { GatewayPresence } from './gateway-presence.ts';

test('a gateway that leaves counts until the next host tells of it', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let here: string[] = [];
  let now = 0;
  let ends = 0;
  const gatewaysHere = () => here.map((id) => [id, {} as PortFacts] as const);
  const presence = new GatewayPresence(
    { gatewaysHere },
    () => ends++,
    () => now,
  );
  assert.equal(presence.isHere('a'), false);
  here = ['a'];
  assert.equal(presence.isHere('a'), true);
  here = [];
  assert.equal(presence.isHere('a'), true);
  now = 2_999;
  assert.equal(presence.isHere('a'), true);
  assert.equal(ends, 0);
  t.mock.timers.tick(1);
  assert.equal(ends, 1, 'it is looked again when its time is over');
  now = 3_000;
  assert.equal(presence.isHere('a'), false);
  here = ['a'];
  assert.equal(presence.isHere('a'), true);
  here = [];
  presence.isHere('a');
  here = ['a'];
  now = 60_000;
  assert.equal(presence.isHere('a'), true, 'one that came back stays');
  presence.stop();
});
