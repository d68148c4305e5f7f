import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planDropGroup } from './plan.ts';

test('the drop group drops all IP both ways, but for DHCP', () => {
  const [group, ...acls] = planDropGroup().filter(({ table }) => !table.startsWith('Meter'));
  assert.equal(group?.columns.name, 'sextant_drop');
  assert.deepEqual(
    acls.map(({ columns }) => `${columns.action} ${columns.direction} ${columns.match}`),
    [
      'drop from-lport inport == @sextant_drop && ip',
      'drop to-lport outport == @sextant_drop && ip',
      'allow from-lport inport == @sextant_drop && ip4 && udp.src == 68 && udp.dst == 67',
      'allow from-lport inport == @sextant_drop && ip6 && udp.src == 546 && udp.dst == 547',
      'allow to-lport outport == @sextant_drop && ip6.src == fe80::/10 && udp.src == 547 && udp.dst == 546',
    ],
  );
});
