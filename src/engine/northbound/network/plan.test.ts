import assert from 'node:assert/strict';
import { test } from 'node:test';
import { network, slaac, subnet } from '../../../../test/support/records.ts';
import { decodeNetworkFacts, serviceMac } from '../../../host-contract/index.ts';
import { RowRef } from '../../reconciler/plan.ts';
import { planNetwork } from './plan.ts';

test('a network in tunnels is a switch with a port for the services of each host', () => {
  const [row, service, ...others] = planNetwork(network(), [subnet('fd00:1::/64', slaac)]);
  assert.deepEqual(row, {
    table: 'Logical_Switch',
    key: 'switch',
    columns: { name: 'neutron-n1', other_config: {} },
  });
  assert.deepEqual(others, []);
  const { name, type, addresses } = service!.columns;
  const mac = serviceMac('n1');
  assert.deepEqual(
    { name, type, addresses },
    { name: 'svc-n1', type: 'localport', addresses: [`${mac} fe80::a9fe:a9fe fd00:a9fe:a9fe::254`] },
  );
  const facts = decodeNetworkFacts(service!.facts!);
  assert.deepEqual([facts.id, facts.mtu, facts.mac.equals(mac)], ['n1', 1422, true]);
  assert.equal(facts.subnets[0]?.raMode, 'slaac');
  assert.deepEqual(
    service?.memberOf?.map(String),
    ['Port_Group group of open_group/all'],
    'which brings its ACLs',
  );
});

test('a transparent network has OVN pass on tags', () => {
  const [row] = planNetwork(network({ vlanTransparent: true }), []);
  assert.deepEqual(row?.columns.other_config, { 'vlan-passthru': 'true' });
});

test('services have an IPv4 address where the network has a subnet of IPv4', () => {
  const [, service] = planNetwork(network(), [subnet('10.0.0.0/24')]);
  assert.match(String(service?.columns.addresses), / 169\.254\.169\.254$/);
});

test('a VLAN network also has a port that leads to the physical network, with its tag', () => {
  const [, , localnet] = planNetwork(network({ type: 'vlan', physicalNetwork: 'physnet1', vlan: 200 }), []);
  assert.deepEqual(localnet, {
    table: 'Logical_Switch_Port',
    key: 'localnet',
    columns: {
      name: 'provnet-n1',
      type: 'localnet',
      addresses: ['unknown'],
      options: { network_name: 'physnet1' },
      tag_request: 200,
      enabled: true,
    },
    parent: new RowRef('Logical_Switch', 'network/n1', 'switch'),
    memberOf: [new RowRef('Port_Group', 'open_group/all', 'group')],
  });
});

test('a flat network has no tag; one that is down leads nowhere', () => {
  const [, , localnet] = planNetwork(
    network({ type: 'flat', physicalNetwork: 'physnet1', adminStateUp: false }),
    [],
  );
  assert.equal(localnet?.columns.tag_request, undefined);
  assert.equal(localnet?.columns.enabled, false);
});

test('a network with tunnels of its own leads to the bridge for overlays, untagged, and hosts are told the key', () => {
  const vxlan = network({ type: 'vxlan', overlay: { kind: 'vxlan', key: 5001 } });
  const [, service, localnet] = planNetwork(vxlan, []);
  assert.deepEqual(localnet?.columns.options, { network_name: 'sextant-overlay' });
  assert.equal(localnet?.columns.tag_request, undefined);
  const facts = decodeNetworkFacts(service!.facts!);
  assert.deepEqual([facts.overlay, facts.isPhysical], [{ kind: 'vxlan', key: 5001 }, false]);
});

test('a local network leads there as well, and hosts are told of no tunnel', () => {
  const [, service, localnet] = planNetwork(network({ type: 'local' }), []);
  assert.deepEqual(localnet?.columns.options, { network_name: 'sextant-overlay' });
  assert.equal(decodeNetworkFacts(service!.facts!).overlay, null);
});
