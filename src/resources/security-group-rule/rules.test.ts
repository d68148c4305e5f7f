import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RequestError } from '../../errors/index.ts';
import type { SecurityGroupRuleCreate } from './definition.ts';
import { checkRule, meaningOf } from './rules.ts';

const rule = (wish: Partial<SecurityGroupRuleCreate>): SecurityGroupRuleCreate => ({
  security_group_id: 'g',
  direction: 'ingress',
  ethertype: 'IPv6',
  protocol: null,
  port_range_min: null,
  port_range_max: null,
  remote_ip_prefix: null,
  remote_group_id: null,
  remote_address_group_id: null,
  description: '',
  ...wish,
});

describe('security group rules', () => {
  for (const protocol of ['icmp', 'icmpv6', 'ipv6-icmp', '1']) {
    it(`take ${protocol} for ICMPv6 on IPv6`, () =>
      assert.equal(checkRule(rule({ protocol })).protocol, 'ipv6-icmp'));
  }
  it('leave the number of ICMPv6 as it was given', () =>
    assert.equal(checkRule(rule({ protocol: '58' })).protocol, '58'));
  it('take all ports for no range', () => {
    const all = checkRule(rule({ protocol: 'tcp', port_range_min: 1, port_range_max: 65535 }));
    assert.deepEqual([all.port_range_min, all.port_range_max], [null, null]);
  });
  it('leave icmp as it is on IPv4', () => {
    assert.equal(checkRule(rule({ protocol: 'icmp', ethertype: 'IPv4' })).protocol, 'icmp');
  });
  for (const [what, wish, type] of [
    [
      'an IPv6 protocol on IPv4',
      { ethertype: 'IPv4', protocol: 'ipv6-icmp' },
      'SecurityGroupEthertypeConflictWithProtocol',
    ],
    [
      'ports without a protocol',
      { port_range_min: 1, port_range_max: 2 },
      'SecurityGroupProtocolRequiredWithPorts',
    ],
    [
      'ports of a protocol without ports',
      { protocol: 'gre', port_range_min: 1, port_range_max: 2 },
      'SecurityGroupInvalidProtocolForPort',
    ],
    [
      'reversed ports',
      { protocol: 'tcp', port_range_min: 9, port_range_max: 2 },
      'SecurityGroupInvalidPortRange',
    ],
    ['port 0', { protocol: 'udp', port_range_min: 0, port_range_max: 2 }, 'SecurityGroupInvalidPortValue'],
    [
      'an IPv6 protocol by its number on IPv4',
      { ethertype: 'IPv4', protocol: '43' },
      'SecurityGroupEthertypeConflictWithProtocol',
    ],
    ['half a range', { protocol: 'tcp', port_range_min: 9 }, 'SecurityGroupInvalidPortRange'],
    [
      'an ICMP code without a type',
      { protocol: 'icmpv6', port_range_max: 2 },
      'SecurityGroupMissingIcmpType',
    ],
    ['an ICMP type over 255', { protocol: 'icmpv6', port_range_min: 256 }, 'SecurityGroupInvalidIcmpValue'],
    [
      'both remotes',
      { remote_ip_prefix: 'fd00::/8', remote_group_id: 'g' },
      'SecurityGroupMultipleRemoteEntites',
    ],
    [
      'a prefix of the other family',
      { remote_ip_prefix: '10.0.0.0/8' },
      'SecurityGroupRuleParameterConflict',
    ],
  ] as const) {
    it(`refuse ${what}`, () => {
      assert.throws(
        () => checkRule(rule(wish)),
        (error) => error instanceof RequestError && error.status === 400 && error.type === type,
      );
    });
  }
  it('say the same when their protocols are the same by name and number', () => {
    const meaning = (protocol: string) => meaningOf({ ...rule({ protocol }), project_id: 'p' });
    assert.equal(meaning('tcp'), meaning('6'));
    assert.notEqual(meaning('tcp'), meaning('udp'));
  });
});
