import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { api, member, post, refused } from './harness.ts';

const makeRule = (wish: object, headers?: Record<string, string>) =>
  post('default-security-group-rules', { default_security_group_rule: wish }, headers);

/** What the rules of a group say, in their order. */
const saysOf = (group: Body | undefined): string[] =>
  (group?.security_group_rules as Body[])
    .map(({ direction, ethertype, protocol, remote_group_id }) =>
      [direction, ethertype, protocol, remote_group_id === group?.id ? 'members' : remote_group_id]
        .filter(Boolean)
        .join(' '),
    )
    .sort();

const defaultGroupOf = async (project: string): Promise<Body | undefined> =>
  (await api.call('GET', '/v2.0/security-groups?name=default', undefined, member(project))).body
    .security_groups?.[0];

/** Rules that security groups begin with. */
export function describeDefaultRules(): void {
  describe('default security group rules', () => {
    it('let everything out, and members of a default group in', async () => {
      const out = ['egress IPv4', 'egress IPv6'];
      assert.deepEqual(saysOf(await api.make('security_group', {})), out);
      const within = ['ingress IPv4 members', 'ingress IPv6 members'];
      assert.deepEqual(saysOf(await defaultGroupOf('newcomer')), [...out, ...within]);
    });

    it('are changed by administrators, for groups to come', async () => {
      const before = await api.make('security_group', {});
      const echo = { direction: 'ingress', ethertype: 'IPv6', protocol: 'icmp', port_range_min: 128 };
      const made = await makeRule({ ...echo, used_in_default_sg: true });
      assert.equal(made.status, 201);
      const rule = made.body.default_security_group_rule!;
      assert.deepEqual([rule.protocol, rule.used_in_non_default_sg], ['ipv6-icmp', true]);
      try {
        await refused(() => makeRule(echo), 409, 'DefaultSecurityGroupRuleExists', String(rule.id));
        for (const group of [await api.make('security_group', {}), await defaultGroupOf('later')]) {
          assert.ok(saysOf(group).includes('ingress IPv6 ipv6-icmp'), String(saysOf(group)));
        }
        const { body } = await api.call('GET', `/v2.0/security-groups/${before.id}`);
        assert.deepEqual(saysOf(body.security_group), saysOf(before));
      } finally {
        await api.call('DELETE', `/v2.0/default-security-group-rules/${rule.id}`);
      }
      assert.deepEqual(saysOf(await api.make('security_group', {})), ['egress IPv4', 'egress IPv6']);
    });

    it('are seen by members, and not theirs to change', async () => {
      const red = member('red');
      const { body } = await api.call('GET', '/v2.0/default-security-group-rules', undefined, red);
      const [rule] = body.default_security_group_rules as Body[];
      await refused(() => makeRule({ direction: 'ingress' }, red), 403, 'PolicyNotAuthorized');
      const remove = () =>
        api.call('DELETE', `/v2.0/default-security-group-rules/${rule?.id}`, undefined, red);
      await refused(remove, 403, 'PolicyNotAuthorized');
    });

    it('are refused as rules are', async () => {
      const both = { direction: 'ingress', remote_group_id: 'PARENT', remote_ip_prefix: '10.0.0.0/8' };
      await refused(() => makeRule(both), 400, 'SecurityGroupMultipleRemoteEntites');
      const other = { direction: 'ingress', remote_group_id: 'me' };
      await refused(() => makeRule(other), 400, 'HTTPBadRequest', 'remote_group_id', 'PARENT');
    });
  });
}
