import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { absent, api, member, post, refused } from './harness.ts';

/** QoS policies, their rules, and who has them. */
export function describeQos(): void {
  const red = member('qos-red');
  const blue = member('qos-blue');

  const policy = (wish: object = {}, headers: Record<string, string> = red) =>
    api.make('policy', { name: 'p', ...wish }, headers);
  const addRule = ({ id }: Body, kind: string, rule: object, headers: Record<string, string> = red) =>
    post(`qos/policies/${id}/${kind}_rules`, { [`${kind}_rule`]: rule }, headers);
  const get = async (path: string, name: string, headers: Record<string, string> = red) =>
    (await api.call('GET', `/v2.0/${path}`, undefined, headers)).body[name]!;
  const put = (path: string, body: object, headers: Record<string, string> = red) =>
    api.call('PUT', `/v2.0/${path}`, body, headers);
  const remove = (path: string, headers: Record<string, string> = red) =>
    api.call('DELETE', `/v2.0/${path}`, undefined, headers);

  describe('QoS policies', () => {
    it('have rules, one of a kind in a direction', async () => {
      const made = await policy();
      assert.deepEqual(made.rules, []);
      const limit = await addRule(made, 'bandwidth_limit', { max_kbps: 1000 });
      assert.equal(limit.status, 201, JSON.stringify(limit.body));
      const { id, ...rest } = limit.body.bandwidth_limit_rule as unknown as Record<string, unknown>;
      assert.deepEqual(rest, { max_kbps: 1000, max_burst_kbps: 0, direction: 'egress' });
      const other = await addRule(made, 'bandwidth_limit', { max_kbps: 2000, direction: 'ingress' });
      assert.equal(other.status, 201);
      const mark = await addRule(made, 'dscp_marking', { dscp_mark: 46 });
      assert.equal(mark.status, 201, JSON.stringify(mark.body));
      const { rules, revision_number: revision } = await get(`qos/policies/${made.id}`, 'policy');
      assert.deepEqual(
        (rules as unknown as Body[]).map(({ type, qos_policy_id }) => [String(type), String(qos_policy_id)]),
        ['bandwidth_limit', 'bandwidth_limit', 'dscp_marking'].map((type) => [type, String(made.id)]),
      );
      assert.equal(Number(revision), 4);
      const path = `qos/policies/${made.id}/bandwidth_limit_rules`;
      await refused(
        () => addRule(made, 'bandwidth_limit', { max_kbps: 1 }),
        409,
        'QoSRulesConflict',
        String(id),
      );
      const change = { bandwidth_limit_rule: { max_burst_kbps: 77 } };
      assert.equal((await put(`${path}/${id}`, change)).status, 200);
      assert.equal(Number((await get(`${path}/${id}`, 'bandwidth_limit_rule')).max_burst_kbps), 77);
      const turned = { bandwidth_limit_rule: { direction: 'ingress' } };
      await refused(() => put(`${path}/${id}`, turned), 409, 'QoSRulesConflict');
      assert.equal((await remove(`${path}/${id}`)).status, 204);
      await refused(() => remove(`${path}/${id}`), 404, 'QosRuleNotFound', String(id));
      assert.equal(((await get(path, 'bandwidth_limit_rules')) as unknown as Body[]).length, 1);
    });

    it('refuse what makes no sense, and what nothing would hold to', async () => {
      const made = await policy();
      for (const [kind, rule] of [
        ['bandwidth_limit', {}],
        ['bandwidth_limit', { max_kbps: 0 }],
        ['bandwidth_limit', { max_kbps: 1, direction: 'both' }],
        ['dscp_marking', { dscp_mark: 1 }],
        ['dscp_marking', { dscp_mark: 46, direction: 'ingress' }],
      ] as const)
        await refused(() => addRule(made, kind, rule), 400, 'HTTPBadRequest');
      for (const [kind, rule] of [
        ['minimum_bandwidth', { min_kbps: 100 }],
        ['packet_rate_limit', { max_kpps: 1 }],
        ['minimum_packet_rate', { min_kpps: 1 }],
      ] as const) {
        await refused(() => addRule(made, kind, rule), 409, 'QosRuleNotSupported', kind);
        assert.deepEqual(await get(`qos/policies/${made.id}/${kind}_rules`, `${kind}_rules`), []);
      }
      assert.deepEqual(await get('qos/rule-types', 'rule_types'), [
        { type: 'bandwidth_limit' },
        { type: 'dscp_marking' },
      ]);
      const { drivers } = await get('qos/rule-types/dscp_marking', 'rule_type');
      assert.equal(String((drivers as unknown as Body[])[0]?.name), 'ovn');
    });

    it('are those of networks and ports, and stay as long as they are', async () => {
      const made = await policy();
      const wish = { qos_policy_id: made.id };
      const network = await api.make('network', wish, red);
      assert.equal(network.qos_policy_id, made.id);
      const port = await api.make('port', { network_id: network.id, ...wish }, red);
      assert.equal(port.qos_policy_id, made.id);
      await refused(() => remove(`qos/policies/${made.id}`), 409, 'QosPolicyInUse', String(network.id));
      const unknown = { qos_policy_id: absent };
      await refused(() => post('networks', { network: unknown }, red), 404, 'QosPolicyNotFound');
      await refused(() => put(`ports/${port.id}`, { port: unknown }), 404, 'QosPolicyNotFound', absent);
      const none = { qos_policy_id: null };
      assert.equal((await put(`networks/${network.id}`, { network: none })).status, 200);
      await refused(() => remove(`qos/policies/${made.id}`), 409, 'QosPolicyInUse', String(port.id));
      assert.equal((await put(`ports/${port.id}`, { port: none })).status, 200);
      assert.equal((await remove(`qos/policies/${made.id}`)).status, 204);
    });

    it('are not for ports that no switch of a host limits', async () => {
      const made = await policy({}, {});
      const wish = { qos_policy_id: made.id };
      const vlan = { 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1' };
      const segment = { 'provider:segmentation_id': 77 };
      const network = await api.make('network', { ...vlan, ...segment });
      const hardware = { network_id: network.id, 'binding:vnic_type': 'direct' };
      await refused(() => post('ports', { port: { ...hardware, ...wish } }), 409, 'QosRuleNotSupported');
      await refused(
        () => post('ports', { port: { network_id: network.id, device_owner: 'network:dhcp', ...wish } }),
        409,
        'QosRuleNotSupported',
      );
      const card = await api.make('port', hardware);
      await refused(
        () => put(`networks/${network.id}`, { network: wish }, {}),
        409,
        'QosRuleNotSupported',
        String(card.id),
      );
      assert.equal((await remove(`ports/${card.id}`, {})).status, 204);
      assert.equal((await put(`networks/${network.id}`, { network: wish }, {})).status, 200);
      await refused(() => post('ports', { port: hardware }), 409, 'QosRuleNotSupported');
    });

    it('are what new networks of the project have by default', async () => {
      const owner = member('qos-default');
      const made = await policy({ is_default: true }, owner);
      const second = { policy: { name: 'q', is_default: true } };
      const make = () => post('qos/policies', second, owner);
      await refused(make, 409, 'QoSPolicyDefaultAlreadyExists', String(made.id));
      assert.equal((await api.make('network', {}, owner)).qos_policy_id, made.id);
      assert.equal((await api.make('network', {}, red)).qos_policy_id, null);
      const off = { policy: { is_default: false } };
      assert.equal((await put(`qos/policies/${made.id}`, off, owner)).status, 200);
      assert.equal((await make()).status, 201);
    });

    it('are shared by RBAC policies', async () => {
      const made = await policy();
      const network = () => post('networks', { network: { qos_policy_id: made.id } }, blue);
      await refused(network, 404, 'QosPolicyNotFound');
      const share = { object_type: 'qos_policy', object_id: made.id, target_tenant: 'qos-blue' };
      const shared = await api.make('rbac_policy', { ...share, action: 'access_as_shared' }, red);
      const { status, body } = await network();
      assert.equal(status, 201);
      await refused(() => addRule(made, 'dscp_marking', { dscp_mark: 8 }, blue), 403, 'PolicyNotAuthorized');
      await refused(() => remove(`rbac-policies/${shared.id}`), 409, 'RbacPolicyInUse', 'qos-blue');
      assert.equal((await remove(`networks/${body.network!.id}`, blue)).status, 204);
      assert.equal((await remove(`rbac-policies/${shared.id}`)).status, 204);
    });

    it('have rules that are found by their id alone', async () => {
      const made = await policy();
      const { body } = await addRule(made, 'dscp_marking', { dscp_mark: 46 });
      const path = `qos/alias_dscp_marking_rules/${body.dscp_marking_rule!.id}`;
      const name = 'alias_dscp_marking_rule';
      assert.equal(Number((await get(path, name)).dscp_mark), 46);
      assert.equal((await put(path, { [name]: { dscp_mark: 8 } })).status, 200);
      assert.equal(Number((await get(path, name)).dscp_mark), 8);
      const asBlue = await api.call('GET', `/v2.0/${path}`, undefined, blue);
      assert.equal(asBlue.status, 404);
      assert.equal((await remove(path)).status, 204);
      assert.equal((await remove(path)).status, 404);
    });
  });
}
