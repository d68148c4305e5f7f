import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planServingHosts } from './plan.ts';

test('who serves hardware ports is a group of chassis, the first preferred', () => {
  const [group, ...members] = planServingHosts({ id: 'n1', chassis: ['hv1', 'hv2'] });
  assert.deepEqual(group?.columns, { name: 'sextant-serving-n1' });
  assert.deepEqual(
    members.map(({ columns }) => columns),
    [
      { chassis_name: 'hv1', priority: 32767 },
      { chassis_name: 'hv2', priority: 32766 },
    ],
  );
  assert.equal(`${members[0]?.parent}`, 'HA_Chassis_Group group of serving_hosts/n1');
});

test('a group that nobody is in is there all the same: ports refer to it', () => {
  assert.equal(planServingHosts({ id: 'n1', chassis: [] }).length, 1);
});
