import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rule } from '../../../../test/support/records.ts';
import { Prefix } from '../../../addressing/index.ts';
import { planDefaultDrop } from '../default-drop/plan.ts';
import { planOpenGroup } from '../open-group/plan.ts';
import { aclMatch } from './acl-match.ts';
import { planSecurityGroup } from './plan.ts';
import type { SecurityGroupRuleRecord } from './record.ts';

const matches: [string, Partial<SecurityGroupRuleRecord>, string | undefined][] = [
  ['anything in', {}, 'outport == @pg && ip6'],
  ['anything out', { direction: 'egress' }, 'inport == @pg && ip6'],
  ['anything of IPv4', { family: 4 }, 'outport == @pg && ip4'],
  ['TCP', { protocol: 6 }, 'outport == @pg && ip6 && tcp'],
  [
    'a port',
    { protocol: 6, portRangeMin: 22, portRangeMax: 22 },
    'outport == @pg && ip6 && tcp && tcp.dst == 22',
  ],
  [
    'a range of ports',
    { protocol: 17, portRangeMin: 5000, portRangeMax: 5999 },
    'outport == @pg && ip6 && udp && udp.dst >= 5000 && udp.dst <= 5999',
  ],
  [
    'SCTP',
    { protocol: 132, portRangeMin: 9, portRangeMax: 9 },
    'outport == @pg && ip6 && sctp && sctp.dst == 9',
  ],
  ['ICMPv6', { protocol: 58 }, 'outport == @pg && ip6 && icmp6'],
  ['ICMPv6 by the name of ICMP', { protocol: 1 }, 'outport == @pg && ip6 && icmp6'],
  [
    'an ICMPv6 type',
    { protocol: 58, portRangeMin: 128 },
    'outport == @pg && ip6 && icmp6 && icmp6.type == 128',
  ],
  [
    'an ICMPv6 type and code',
    { protocol: 58, portRangeMin: 1, portRangeMax: 4 },
    'outport == @pg && ip6 && icmp6 && icmp6.type == 1 && icmp6.code == 4',
  ],
  [
    'an ICMP type of IPv4',
    { family: 4, protocol: 1, portRangeMin: 8 },
    'outport == @pg && ip4 && icmp4 && icmp4.type == 8',
  ],
  ['a protocol by number', { protocol: 89 }, 'outport == @pg && ip6 && ip.proto == 89'],
  ['fragments', { protocol: 44 }, 'outport == @pg && ip6 && ip.is_frag'],
  ['ports that OVN cannot match', { protocol: 136, portRangeMin: 1, portRangeMax: 2 }, undefined],
  [
    'from a prefix',
    { remotePrefix: Prefix.parse('2001:db8::/32') },
    'outport == @pg && ip6 && ip6.src == 2001:db8::/32',
  ],
  [
    'to a prefix',
    { direction: 'egress', family: 4, remotePrefix: Prefix.parse('10.0.0.0/8') },
    'inport == @pg && ip4 && ip4.dst == 10.0.0.0/8',
  ],
  ['from anywhere', { remotePrefix: Prefix.parse('::/0') }, 'outport == @pg && ip6'],
];

for (const [name, facts, expected] of matches) {
  test(`${name}: ${expected ?? 'no ACL, for it would let more through'}`, () => {
    assert.equal(aclMatch(rule(facts), 'pg', undefined), expected);
  });
}

test('the other side in a group: the addresses of its ports', () => {
  assert.equal(aclMatch(rule(), 'pg', ['pg_other_ip6']), 'outport == @pg && ip6 && ip6.src == $pg_other_ip6');
  assert.equal(
    aclMatch(rule({ direction: 'egress', family: 4 }), 'pg', ['pg_other_ip4']),
    'inport == @pg && ip4 && ip4.dst == $pg_other_ip4',
  );
});

const silent = { accepted: false, dropped: [] };

const aclsOf = (stateful: boolean, ...facts: Partial<SecurityGroupRuleRecord>[]) =>
  planSecurityGroup({ id: 'a-b', logging: silent, stateful, rules: facts.map(rule) }).filter(
    ({ table }) => table === 'ACL',
  );

test('a group is a port group whose name OVN’s lexer takes', () => {
  const [group, ...acls] = planSecurityGroup({ id: '4f2a-11ee', logging: silent, stateful: true, rules: [] });
  assert.deepEqual(group, { table: 'Port_Group', key: 'group', columns: { name: 'pg_4f2a_11ee' } });
  assert.deepEqual(acls, []);
});

test('a rule is an ACL of the group, above those that drop all else', () => {
  const [acl] = aclsOf(true, { id: 'x', protocol: 6 });
  assert.equal(acl?.key, 'rule/x');
  assert.equal(acl?.parent?.unit, 'security_group/a-b');
  const { priority, direction, action } = acl!.columns;
  assert.deepEqual([direction, action], ['to-lport', 'allow-related']);
  const drops = planDefaultDrop().filter(({ columns }) => columns.action === 'drop');
  assert.ok(drops.every(({ columns }) => Number(columns.priority) < Number(priority)));
});

test('the other side is in the sets of a remote group, or in those of an address group', () => {
  const [member, listed] = aclsOf(true, { remoteGroupId: 'c-d' }, { remoteAddressGroupId: 'e-f' });
  assert.match(
    String(member?.columns.match),
    /ip6\.src == \{\$pg_c_d_ip6, \$learned_c_d\}$/,
    'and what their instances took',
  );
  assert.match(String(listed?.columns.match), /ip6\.src == \$as_e_f_ip6$/);
});

test('stateless groups let packets through without tracking', () => {
  assert.deepEqual(
    aclsOf(false, { id: '1', protocol: 6 }, { id: '2', direction: 'egress' })
      .filter(({ key }) => key.startsWith('rule/'))
      .map(({ columns }) => [columns.direction, columns.action]),
    [
      ['to-lport', 'allow-stateless'],
      ['from-lport', 'allow-stateless'],
    ],
  );
});

test('stateless groups let errors pass both ways, and answers of the network’s services in', () => {
  assert.deepEqual(aclsOf(true), []);
  const services = '(tcp.src == {53, 80} || udp.src == 53)';
  assert.deepEqual(
    aclsOf(false).map(({ columns }) => [columns.match, columns.action]),
    [
      'outport == @pg_a_b && icmp4 && icmp4.type == {3, 11, 12}',
      'outport == @pg_a_b && icmp6 && icmp6.type == {1, 2, 3, 4}',
      'inport == @pg_a_b && icmp4 && icmp4.type == {3, 11, 12}',
      'inport == @pg_a_b && icmp6 && icmp6.type == {1, 2, 3, 4}',
      `outport == @pg_a_b && ip4.src == 169.254.169.254 && ${services}`,
      `outport == @pg_a_b && ip6.src == {fe80::a9fe:a9fe, fd00:a9fe:a9fe::254} && ${services}`,
    ].map((match) => [match, 'allow-stateless']),
  );
});

test('ICMPv6 that connection tracking does not know passes without it', () => {
  const actions = (facts: Partial<SecurityGroupRuleRecord>) =>
    aclsOf(true, { protocol: 58, ...facts }).map(({ columns }) => columns.action);
  assert.deepEqual(actions({ portRangeMin: 128 }), ['allow-related']);
  assert.deepEqual(actions({ portRangeMin: 139 }), ['allow-stateless']);
  assert.deepEqual(actions({}), ['allow-related', 'allow-stateless']);
  assert.deepEqual(
    actions({ protocol: null }),
    ['allow-related'],
    'it would be too dear in every default group',
  );
});

test('what is logged has a name, a meter, and drops of its own ahead of the silent ones', () => {
  const logged = (dropped: 'all' | string[], accepted = false) =>
    planSecurityGroup({
      id: 'a-b',
      logging: { accepted, dropped },
      stateful: true,
      rules: [rule({ id: 'r' })],
    });
  const [, passing, ...drops] = logged('all', true).map(({ columns }) => columns);
  const meter = planOpenGroup().find(({ table }) => table === 'Meter')?.columns.name;
  assert.deepEqual(
    [passing?.log, passing?.name, passing?.severity, passing?.meter],
    [true, 'rule-r', 'info', meter],
  );
  assert.deepEqual(
    drops.map(({ match, action, log, name }) => [match, action, log, name]),
    [
      ['inport == @pg_a_b && ip', 'drop', true, 'group-a-b'],
      ['outport == @pg_a_b && ip', 'drop', true, 'group-a-b'],
    ],
  );
  const [silent] = planDefaultDrop().filter(({ columns }) => columns.action === 'drop');
  for (const { priority } of drops) {
    assert.ok(Number(priority) < Number(passing?.priority));
    assert.ok(Number(priority) > Number(silent?.columns.priority));
  }
  const some = logged(['p1', 'p2']).slice(2);
  assert.equal(some[1]?.columns.match, 'outport == {"p1", "p2"} && ip');
});

test('no ACL compares ICMPv6 types by anything but equality, which OVN would drop without a word', () => {
  const acls = aclsOf(
    true,
    {},
    { protocol: 58 },
    { protocol: 58, portRangeMin: 139 },
    { protocol: 58, portRangeMin: 1, portRangeMax: 2 },
  );
  for (const { columns } of acls) assert.doesNotMatch(String(columns.match), /icmp6\.(type|code) (?!==)/);
});
