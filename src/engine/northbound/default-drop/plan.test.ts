import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOpenGroup } from '../open-group/plan.ts';
import { planDefaultDrop } from './plan.ts';

test('all IP is dropped both ways, but for open ports and DHCP', () => {
  const groups = planOpenGroup().filter(({ table }) => table === 'Port_Group');
  assert.deepEqual(
    groups.map(({ columns }) => columns.name),
    ['sextant_open'],
  );
  assert.deepEqual(
    planDefaultDrop().map(({ columns }) => `${columns.action} ${columns.direction} ${columns.match}`),
    [
      'drop from-lport ip',
      'drop to-lport ip',
      'allow from-lport inport == @sextant_open && ip',
      'allow to-lport outport == @sextant_open && ip',
      'allow from-lport ip4 && udp.src == 68 && udp.dst == 67',
      'allow from-lport ip6 && udp.src == 546 && udp.dst == 547',
      'allow to-lport ip4.src == 169.254.169.254 && udp.src == 67 && udp.dst == 68',
      'allow to-lport ip6.src == fe80::/10 && udp.src == 547 && udp.dst == 546',
    ],
  );
});
