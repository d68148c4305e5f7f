import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { absent, api, member, post, refused } from './harness.ts';

const act = (group: Body, action: string, addresses: unknown, headers?: Record<string, string>) =>
  api.call('PUT', `/v2.0/address-groups/${group.id}/${action}`, { addresses }, headers);

const addressesOf = async (group: Body) =>
  (await api.call('GET', `/v2.0/address-groups/${group.id}`)).body.address_group?.addresses;

const ruleNaming = (group: Body, wish: object = {}) => ({
  direction: 'ingress',
  ethertype: 'IPv6',
  remote_address_group_id: group.id,
  ...wish,
});

/** Address groups, and rules that name them. */
export function describeAddressGroups(): void {
  describe('address groups', () => {
    it('hold addresses and prefixes of both families in canonical form', async () => {
      const group = await api.make('address_group', {
        name: 'partners',
        addresses: ['2001:DB8:0::1', '2001:db8:1::7/48', '192.0.2.1', '198.51.100.0/24', '::/0'],
      });
      const expected = ['192.0.2.1/32', '198.51.100.0/24', '2001:db8:1::/48', '2001:db8::1/128', '::/0'];
      assert.deepEqual(await addressesOf(group), expected);
      assert.equal((await api.call('DELETE', `/v2.0/address-groups/${group.id}`)).status, 204);
    });

    it('gain and lose addresses by actions, whose answer is the group as it is then', async () => {
      const group = await api.make('address_group', { addresses: ['fd00::1'] });
      const added = await act(group, 'add_addresses', ['fd00::2', '10.0.0.0/8']);
      assert.equal(added.status, 200);
      const expected = ['10.0.0.0/8', 'fd00::1/128', 'fd00::2/128'];
      assert.deepEqual(added.body.address_group?.addresses, expected);
      assert.deepEqual(await addressesOf(group), expected);
      assert.equal(added.body.address_group?.revision_number, 2);
      const removed = await act(group, 'remove_addresses', ['fd00::1/128']);
      assert.deepEqual(removed.body.address_group?.addresses, ['10.0.0.0/8', 'fd00::2/128']);
      assert.deepEqual(await addressesOf(group), ['10.0.0.0/8', 'fd00::2/128']);
    });

    it('refuse what is there already, what is not there, and what is no address', async () => {
      const group = await api.make('address_group', { addresses: ['fd00::1'] });
      const twice = () => act(group, 'add_addresses', ['fd00::2', 'fd00:0::1']);
      await refused(twice, 400, 'AddressesAlreadyExist', 'fd00::1/128');
      const absentOne = () => act(group, 'remove_addresses', ['fd00::1', 'fd00::3']);
      await refused(absentOne, 404, 'AddressesNotFound', 'fd00::3/128');
      await refused(() => act(group, 'add_addresses', ['fd00::g']), 400, 'HTTPBadRequest', 'addresses[0]');
      await refused(
        () => api.call('PUT', `/v2.0/address-groups/${group.id}/add_addresses`, {}),
        400,
        'HTTPBadRequest',
        'addresses',
      );
      await refused(
        () => api.call('PUT', `/v2.0/address-groups/${group.id}`, { address_group: { addresses: [] } }),
        400,
        'HTTPBadRequest',
        'addresses',
      );
    });

    it('have no more than 30,000 addresses', async () => {
      const addresses = Array.from({ length: 29_999 }, (_, index) => `fd00:99::${(index + 1).toString(16)}`);
      const group = await api.make('address_group', { addresses });
      await refused(
        () => act(group, 'add_addresses', ['fd00::1', 'fd00::2']),
        400,
        'HTTPBadRequest',
        '30001',
        '30000',
      );
      assert.equal((await act(group, 'add_addresses', ['fd00::1'])).status, 200);
      assert.equal((await api.call('DELETE', `/v2.0/address-groups/${group.id}`)).status, 204);
    });

    it('can be named by rules, and not deleted while they are', async () => {
      const group = await api.make('address_group', {});
      const { id } = await api.make('security_group', { name: 'g' });
      const rule = await api.make('security_group_rule', { security_group_id: id, ...ruleNaming(group) });
      assert.equal(rule.remote_address_group_id, group.id);
      const twin = { security_group_rule: { security_group_id: id, ...ruleNaming(group) } };
      await refused(
        () => post('security-group-rules', twin),
        409,
        'SecurityGroupRuleExists',
        String(rule.id),
      );
      const remove = () => api.call('DELETE', `/v2.0/address-groups/${group.id}`);
      await refused(remove, 409, 'AddressGroupInUse', String(rule.id));
      await api.call('DELETE', `/v2.0/security-group-rules/${rule.id}`);
      assert.equal((await remove()).status, 204);
    });

    it('are the only other side of a rule, and must exist', async () => {
      const group = await api.make('address_group', {});
      const { id } = await api.make('security_group', { name: 'g' });
      for (const other of [{ remote_ip_prefix: 'fd00::/8' }, { remote_group_id: id }]) {
        const both = { security_group_rule: { security_group_id: id, ...ruleNaming(group, other) } };
        await refused(() => post('security-group-rules', both), 400, 'SecurityGroupMultipleRemoteEntites');
      }
      const unknown = ruleNaming(group, { security_group_id: id, remote_address_group_id: absent });
      await refused(
        () => post('security-group-rules', { security_group_rule: unknown }),
        404,
        'AddressGroupNotFound',
        absent,
      );
    });

    it('are nobody else’s, unless an administrator shares them', async () => {
      const group = await api.make('address_group', { addresses: ['fd00::1'] }, member('red'));
      const path = `/v2.0/address-groups/${group.id}`;
      const blue = member('blue');
      const own = await api.make('security_group', { name: 'g' }, blue);
      const rule = { security_group_rule: { security_group_id: own.id, ...ruleNaming(group) } };
      const name = () => post('security-group-rules', rule, blue);
      await refused(() => api.call('GET', path, undefined, blue), 404, 'AddressGroupNotFound');
      await refused(() => act(group, 'add_addresses', ['::1'], blue), 404, 'AddressGroupNotFound');
      await refused(name, 404, 'AddressGroupNotFound');
      const share = (shared: boolean, headers?: Record<string, string>) =>
        api.call('PUT', path, { address_group: { shared } }, headers);
      await refused(() => share(true, member('red')), 403, 'PolicyNotAuthorized', 'shared');
      assert.equal((await share(true)).status, 200);
      assert.equal((await api.call('GET', path, undefined, blue)).status, 200);
      await refused(() => act(group, 'add_addresses', ['::1'], blue), 403, 'PolicyNotAuthorized');
      assert.equal((await name()).status, 201);
      await refused(() => share(false), 409, 'AddressGroupInUse');
    });
  });
}
