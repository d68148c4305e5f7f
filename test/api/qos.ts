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
        ['packet_rate_limit', { max_kpps: 0 }],
        ['packet_rate_limit', { max_kpps: 4001 }],
        ['packet_rate_limit', { max_kpps: 1, max_burst_kpps: -1 }],
        ['dscp_marking', { dscp_mark: 1 }],
        ['dscp_marking', { dscp_mark: 46, direction: 'ingress' }],
      ] as const)
        await refused(() => addRule(made, kind, rule), 400, 'HTTPBadRequest');
      for (const [kind, rule] of [
        ['minimum_bandwidth', { min_kbps: 100 }],
        ['minimum_packet_rate', { min_kpps: 1 }],
      ] as const) {
        await refused(() => addRule(made, kind, rule), 409, 'QosRuleNotSupported', kind);
        assert.deepEqual(await get(`qos/policies/${made.id}/${kind}_rules`, `${kind}_rules`), []);
      }
      assert.deepEqual(await get('qos/rule-types', 'rule_types'), [
        { type: 'bandwidth_limit' },
        { type: 'packet_rate_limit' },
        { type: 'dscp_marking' },
      ]);
      const { drivers } = await get('qos/rule-types/dscp_marking', 'rule_type');
      assert.equal(String((drivers as unknown as Body[])[0]?.name), 'ovn');
    });

    it('limit packets of ports, and of nothing that is no instance’s', async () => {
      const made = await policy();
      const limit = await addRule(made, 'packet_rate_limit', { max_kpps: 3 });
      assert.equal(limit.status, 201, JSON.stringify(limit.body));
      const { id, ...rest } = limit.body.packet_rate_limit_rule as unknown as Record<string, unknown>;
      assert.deepEqual(rest, { max_kpps: 3, max_burst_kpps: 0, direction: 'egress' });
      await refused(
        () => addRule(made, 'packet_rate_limit', { max_kpps: 4 }),
        409,
        'QoSRulesConflict',
        `${id}`,
      );
      const path = `qos/policies/${made.id}/packet_rate_limit_rules/${id}`;
      const change = { packet_rate_limit_rule: { max_burst_kpps: 9, direction: 'ingress' } };
      assert.equal((await put(path, change)).status, 200);
      assert.deepEqual(await get(path, 'packet_rate_limit_rule'), {
        ...{ id, max_kpps: 3, max_burst_kpps: 9, direction: 'ingress' },
      });
      const outside = await api.make('network', { 'router:external': true });
      await api.make('subnet', { network_id: outside.id, ip_version: 6, cidr: '2001:db8:906::/64' });
      const named = (policyId: unknown) => ({ floating_network_id: outside.id, qos_policy_id: policyId });
      const gateway = (policyId: unknown) => ({
        external_gateway_info: { network_id: outside.id, qos_policy_id: policyId },
      });
      const no = ['QosRuleNotSupported', 'packet_rate_limit'] as const;
      await refused(() => post('floatingips', { floatingip: named(made.id) }, red), 409, ...no);
      await refused(() => post('routers', { router: gateway(made.id) }, red), 409, ...no);
      const [ofFloating, ofRouter] = [await policy(), await policy()];
      const floating = await api.make('floatingip', named(ofFloating.id), red);
      const router = await api.make('router', gateway(ofRouter.id), red);
      const wish = { floatingip: { qos_policy_id: made.id } };
      await refused(() => put(`floatingips/${floating.id}`, wish), 409, ...no);
      await refused(() => put(`routers/${router.id}`, { router: gateway(made.id) }), 409, ...no);
      for (const [held, user] of [
        [ofFloating, floating],
        [ofRouter, router],
      ] as const) {
        const add = () => addRule(held, 'packet_rate_limit', { max_kpps: 1 });
        await refused(add, 409, 'QosRuleNotSupported', `${user.id}`);
      }
      const network = await api.make('network', { qos_policy_id: made.id }, red);
      await api.make('port', { network_id: network.id }, red);
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

    it('are told by ports of networks that have them', async () => {
      const made = await policy();
      const network = await api.make('network', { qos_policy_id: made.id }, red);
      const port = await api.make('port', { network_id: network.id }, red);
      const shown = async () => {
        const { qos_policy_id, qos_network_policy_id } = await get(`ports/${port.id}`, 'port');
        return [qos_policy_id, qos_network_policy_id];
      };
      assert.deepEqual([port.qos_policy_id, port.qos_network_policy_id], [null, made.id]);
      assert.deepEqual(await shown(), [null, made.id]);
      const set = { port: { qos_network_policy_id: null } };
      await refused(() => put(`ports/${port.id}`, set), 400, 'HTTPBadRequest', 'qos_network_policy_id');
      await put(`networks/${network.id}`, { network: { qos_policy_id: null } });
      assert.deepEqual(await shown(), [null, null]);
    });

    it('are those of floating IPs and gateways, and stay as long as they are', async () => {
      const outside = await api.make('network', { 'router:external': true });
      await api.make('subnet', { network_id: outside.id, ip_version: 6, cidr: '2001:db8:905::/64' });
      const [made, foreign] = [await policy(), await policy({}, blue)];
      const floating = await api.make(
        'floatingip',
        { floating_network_id: outside.id, qos_policy_id: made.id },
        red,
      );
      assert.equal(floating.qos_policy_id, made.id);
      const gateway = (qos_policy_id?: unknown, wish: object = {}) => ({
        external_gateway_info: { network_id: outside.id, qos_policy_id, ...wish },
      });
      const router = await api.make('router', gateway(made.id), red);
      const policyOf = async () =>
        ((await get(`routers/${router.id}`, 'router')).external_gateway_info as unknown as Body)
          .qos_policy_id;
      assert.equal((router.external_gateway_info as unknown as Body).qos_policy_id, made.id);
      assert.equal(await policyOf(), made.id);
      // What does not speak of it leaves it, with other addresses too.
      const other = { external_fixed_ips: [{ ip_address: '2001:db8:905::77' }] };
      for (const wish of [gateway(), gateway(undefined, other)])
        assert.equal((await put(`routers/${router.id}`, { router: wish }, {})).status, 200);
      assert.equal(await policyOf(), made.id);
      for (const id of [absent, foreign.id]) {
        const wish = { qos_policy_id: id };
        await refused(() => put(`routers/${router.id}`, { router: gateway(id) }), 404, 'QosPolicyNotFound');
        await refused(
          () => put(`floatingips/${floating.id}`, { floatingip: wish }),
          404,
          'QosPolicyNotFound',
        );
      }
      await refused(() => remove(`qos/policies/${made.id}`), 409, 'QosPolicyInUse');
      assert.equal((await put(`routers/${router.id}`, { router: gateway(null) })).status, 200);
      assert.equal(await policyOf(), null);
      await refused(() => remove(`qos/policies/${made.id}`), 409, 'QosPolicyInUse', String(floating.id));
      const none = { floatingip: { qos_policy_id: null } };
      assert.equal((await put(`floatingips/${floating.id}`, none)).body.floatingip?.qos_policy_id, null);
      assert.equal((await remove(`qos/policies/${made.id}`)).status, 204);
      // Shared with another project, it is in use there.
      const share = { object_type: 'qos_policy', object_id: foreign.id, target_tenant: 'qos-red' };
      const rbac = await api.make('rbac_policy', { ...share, action: 'access_as_shared' }, blue);
      assert.equal((await put(`routers/${router.id}`, { router: gateway(foreign.id) })).status, 200);
      await refused(() => remove(`rbac-policies/${rbac.id}`, blue), 409, 'RbacPolicyInUse', 'qos-red');
      assert.equal((await remove(`routers/${router.id}`)).status, 204);
      assert.equal((await remove(`rbac-policies/${rbac.id}`, blue)).status, 204);
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
