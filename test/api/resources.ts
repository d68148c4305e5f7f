import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api, post, refused, slaacModes } from './harness.ts';

/** What the rules of resources come to. */
export function describeResources(): void {
  describe('SLAAC subnets', () => {
    it('give existing and new ports their EUI-64 address, and take it away when deleted', async () => {
      const network = await api.make('network', {});
      const old = await api.make('port', { network_id: network.id, mac_address: 'fa:16:3e:00:00:01' });
      assert.deepEqual(old.fixed_ips, []);
      const subnet = await api.make('subnet', {
        network_id: network.id,
        ip_version: 6,
        cidr: 'fd02::/64',
        ...slaacModes,
      });
      const show = async () => (await api.call('GET', `/v2.0/ports/${old.id}`)).body.port?.fixed_ips;
      assert.deepEqual(await show(), [{ subnet_id: subnet.id, ip_address: 'fd02::f816:3eff:fe00:1' }]);
      assert.equal((await api.call('DELETE', `/v2.0/subnets/${subnet.id}`)).status, 204);
      assert.deepEqual(await show(), []);
    });
    it('readdress a port when its MAC changes', async () => {
      const network = await api.make('network', {});
      await api.make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd03::/64', ...slaacModes });
      const port = await api.make('port', { network_id: network.id });
      const { body } = await api.call('PUT', `/v2.0/ports/${port.id}`, {
        port: { mac_address: 'fa:16:3e:00:00:02' },
      });
      assert.equal(body.port?.fixed_ips?.[0]?.ip_address, 'fd03::f816:3eff:fe00:2');
    });
    it('let a port choose: the MAC follows EUI-64 form, any other address is reserved', async () => {
      const network = await api.make('network', {});
      await api.make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd04::/64', ...slaacModes });
      const choose = (ip_address: string) => ({ network_id: network.id, fixed_ips: [{ ip_address }] });
      const follows = await api.make('port', choose('fd04::f816:3eff:fe00:3'));
      assert.equal(follows.mac_address, 'fa:16:3e:00:00:03');
      const token = await api.make('port', choose('fd04::42'));
      assert.deepEqual(
        token.fixed_ips?.map(({ ip_address }) => ip_address),
        ['fd04::42'],
      );
      await refused(
        () => post('ports', { port: choose('fd04::42') }),
        409,
        'IpAddressAlreadyAllocated',
        'fd04::42',
      );
    });
  });

  describe('routers', () => {
    it('have one port for all IPv6 subnets of a network', async () => {
      const network = await api.make('network', {});
      const cidrs = ['fd05::/64', 'fd06::/64'];
      const subnets = [];
      for (const cidr of cidrs)
        subnets.push(
          await api.make('subnet', { network_id: network.id, ip_version: 6, cidr, ...slaacModes }),
        );
      const router = await api.make('router', {});
      const answers = [];
      for (const { id } of subnets) {
        answers.push(
          await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: id }),
        );
      }
      assert.equal(answers[0]?.body.port_id, answers[1]?.body.port_id);
      assert.deepEqual(
        answers[1]?.body.subnet_ids,
        subnets.map(({ id }) => id),
      );
      const off = await api.call('PUT', `/v2.0/routers/${router.id}/remove_router_interface`, {
        subnet_id: subnets[0]?.id,
      });
      assert.equal(off.status, 200);
      const { body } = await api.call('GET', `/v2.0/ports?device_id=${router.id}`);
      assert.deepEqual(
        body.ports?.[0]?.fixed_ips?.map(({ ip_address }) => ip_address),
        ['fd06::'],
      );
    });
    it('take a link-local next hop when it is plain which link it is on', async () => {
      const network = await api.make('network', {});
      const subnet = await api.make('subnet', {
        network_id: network.id,
        ip_version: 6,
        cidr: 'fd07::/64',
        ...slaacModes,
      });
      const router = await api.make('router', {});
      const put = () =>
        api.call('PUT', `/v2.0/routers/${router.id}`, {
          router: { routes: [{ destination: 'fd99::/48', nexthop: 'fe80::5' }] },
        });
      await refused(put, 400, 'InvalidRoutes', 'link-local');
      await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id });
      assert.equal((await put()).status, 200);
      await refused(
        () => api.call('PUT', `/v2.0/routers/${router.id}/remove_router_interface`, { subnet_id: subnet.id }),
        409,
        'RouterInterfaceInUseByRoute',
      );
    });
    it('may have their gateway on an external network without subnets', async () => {
      const network = await api.make('network', {
        'router:external': true,
        'provider:network_type': 'flat',
        'provider:physical_network': 'physnet1',
      });
      const router = await api.make('router', { external_gateway_info: { network_id: network.id } });
      assert.deepEqual(router.external_gateway_info, {
        network_id: network.id,
        enable_snat: true,
        external_fixed_ips: [],
        qos_policy_id: null,
      });
      await refused(() => api.call('DELETE', `/v2.0/networks/${network.id}`), 409, 'NetworkInUse');
      assert.equal((await api.call('DELETE', `/v2.0/routers/${router.id}`)).status, 204);
      assert.equal((await api.call('DELETE', `/v2.0/networks/${network.id}`)).status, 204);
    });
  });

  describe('security group rules', () => {
    it('that say the same are refused, with the id of the first', async () => {
      const group = await api.make('security_group', { name: 'g' });
      const wish = (protocol: string) => ({
        security_group_id: group.id,
        direction: 'ingress',
        ethertype: 'IPv6',
        protocol,
      });
      const rule = await api.make('security_group_rule', wish('icmp'));
      assert.equal(rule.protocol, 'ipv6-icmp');
      await refused(
        () => post('security-group-rules', { security_group_rule: wish('58') }),
        409,
        'SecurityGroupRuleExists',
        String(rule.id),
      );
    });
    it('take the ethertype in any case, and protocols by name and number', async () => {
      const group = await api.make('security_group', { name: 'g' });
      for (const [wish, protocol] of [
        ['TCP', 'tcp'],
        [112, '112'],
        ['hopopt', 'hopopt'],
      ]) {
        const rule = await api.make('security_group_rule', {
          security_group_id: group.id,
          direction: 'ingress',
          ethertype: 'ipv6',
          protocol: wish,
        });
        assert.deepEqual([rule.ethertype, rule.protocol], ['IPv6', protocol]);
      }
      const unknown = { security_group_id: group.id, direction: 'ingress', protocol: 'tpc' };
      await refused(
        () => post('security-group-rules', { security_group_rule: unknown }),
        400,
        'SecurityGroupRuleInvalidProtocol',
        'tpc',
      );
    });
    it('keep the host bits of a remote prefix, and say which prefix it is', async () => {
      const group = await api.make('security_group', { name: 'g' });
      const rule = await api.make('security_group_rule', {
        security_group_id: group.id,
        direction: 'ingress',
        ethertype: 'IPv6',
        remote_ip_prefix: '2001:db8::5/32',
      });
      assert.equal(rule.remote_ip_prefix, '2001:db8::5/32');
      assert.equal(rule.normalized_cidr, '2001:db8::/32');
      const { security_group_id, direction, ethertype } = rule;
      const twin = { security_group_id, direction, ethertype, remote_ip_prefix: '2001:DB8::/32' };
      await refused(
        () => post('security-group-rules', { security_group_rule: twin }),
        409,
        'SecurityGroupRuleExists',
        String(rule.id),
      );
    });
  });
}
