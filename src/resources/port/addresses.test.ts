import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Ipv6Mode } from '../../addressing/index.ts';
import { Address, Mac } from '../../addressing/index.ts';
import { RequestError } from '../../errors/index.ts';
import type { Subnet } from '../subnet/definition.ts';
import {
  type AddressRequest,
  followMac,
  macFromWishes,
  type Pick,
  planCreate,
  planUpdate,
} from './addresses.ts';

const subnet = (
  id: string,
  cidr: string,
  mode: Ipv6Mode | null = null,
  more: Partial<Subnet> = {},
): Subnet => ({
  id,
  name: id,
  project_id: 'p',
  tenant_id: 'p',
  network_id: 'n',
  description: '',
  ip_version: cidr.includes(':') ? 6 : 4,
  cidr,
  gateway_ip: null,
  enable_dhcp: true,
  ipv6_ra_mode: mode,
  ipv6_address_mode: mode,
  allocation_pools: [],
  host_routes: [],
  dns_nameservers: [],
  dns_search_domains: [],
  preferred_lifetime: null,
  valid_lifetime: null,
  ra_router_lifetime: null,
  ra_router_preference: 'medium',
  ra_prefer_delegation: false,
  pref64: null,
  service_types: [],
  subnetpool_id: null,
  segment_id: null,
  prefix_preferred_until: null,
  prefix_valid_until: null,
  prefix_reason: '',
  tags: [],
  created_at: '',
  updated_at: '',
  revision_number: 1,
  ...more,
});

const v4 = subnet('v4', '10.0.0.0/24');
const slaac = subnet('slaac', 'fd00:1::/64', 'slaac');
const stateless = subnet('stateless', 'fd00:2::/64', 'dhcpv6-stateless');
const stateful = subnet('stateful', 'fd00:3::/64', 'dhcpv6-stateful');
const unset = subnet('unset', 'fd00:4::/64');

const facts = (subnets: Subnet[], wishes?: AddressRequest['wishes'], deviceOwner = ''): AddressRequest => ({
  networkId: 'n',
  deviceOwner,
  subnets,
  wishes,
});

/** A pick in a few words: `eui64 slaac`, `fd00:3::5`, `free stateful,unset`. */
const say = (pick: Pick): string => {
  if (pick.kind === 'given') return pick.address.toString();
  return pick.kind === 'eui64'
    ? `eui64 ${pick.subnet.id}`
    : `free ${pick.subnets.map(({ id }) => id).join()}`;
};
const create = (...args: Parameters<typeof facts>) => planCreate(facts(...args)).map(say);

describe('the addresses of a new port', () => {
  it('are, without wishes, one IPv4, one allocated IPv6, and one of each SLAAC or stateless subnet', () => {
    assert.deepEqual(create([v4, slaac, stateless, stateful, unset]), [
      'free v4',
      'free stateful,unset',
      'eui64 slaac',
      'eui64 stateless',
    ]);
  });
  it('are the wishes, and those that come by themselves', () => {
    assert.deepEqual(create([v4, slaac, stateful], []), ['eui64 slaac']);
    assert.deepEqual(create([v4, slaac], [{ subnet_id: 'v4' }]), ['free v4', 'eui64 slaac']);
    assert.deepEqual(create([slaac, stateful], [{ ip_address: 'fd00:3::5' }]), ['fd00:3::5', 'eui64 slaac']);
  });
  it('come once of a SLAAC subnet, asked for or not', () => {
    assert.deepEqual(create([slaac], [{ subnet_id: 'slaac' }]), ['eui64 slaac']);
    assert.deepEqual(create([slaac], [{ subnet_id: 'slaac', ip_address: 'fd00:1::42' }]), ['fd00:1::42']);
  });
  it('of a router are the wishes alone', () => {
    assert.deepEqual(create([slaac, stateful], [{ ip_address: 'fd00:3::1' }], 'network:router_interface'), [
      'fd00:3::1',
    ]);
    assert.deepEqual(create([slaac], [{ ip_address: 'fd00:1::' }], 'network:router_interface'), ['fd00:1::']);
  });
  it('come from subnets for the owner first, and from none for others', () => {
    const forNova = subnet('nova', 'fd00:5::/64', null, { service_types: ['compute:nova'] });
    assert.deepEqual(create([unset, forNova], undefined, 'compute:nova'), ['free nova,unset']);
    assert.deepEqual(create([unset, forNova]), ['free unset']);
  });
  for (const [what, wish, type] of [
    ['outside every subnet', { ip_address: 'fd00:9::1' }, 'InvalidIpForNetwork'],
    ['outside the subnet named', { subnet_id: 'slaac', ip_address: 'fd00:3::1' }, 'InvalidIpForSubnet'],
    ['the subnet-router anycast address', { ip_address: 'fd00:1::' }, 'InvalidIpForSubnet'],
    ['the IPv4 broadcast address', { ip_address: '10.0.0.255' }, 'InvalidIpForSubnet'],
    ['of a subnet elsewhere', { subnet_id: 'other' }, 'InvalidInput'],
    ['without subnet and address', {}, 'InvalidInput'],
  ] as const) {
    it(`are refused when ${what}`, () => {
      assert.throws(
        () => create([v4, slaac, stateful], [wish]),
        (error) => error instanceof RequestError && error.status === 400 && error.type === type,
      );
    });
  }
});

describe('the MAC', () => {
  const macOf = (address: string, on = slaac) =>
    macFromWishes(planCreate(facts([on], [{ ip_address: address }])))?.toString();
  it('follows an address in EUI-64 form on a SLAAC subnet', () => {
    assert.equal(macOf('fd00:1::f816:3eff:fe11:2233'), 'fa:16:3e:11:22:33');
  });
  it('is free for other interface identifiers, and on subnets that allocate', () => {
    assert.equal(macOf('fd00:1::42'), undefined);
    assert.equal(macOf('fd00:3::f816:3eff:fe11:2233', stateful), undefined);
  });
  it('is never one that no interface can have', () => {
    assert.equal(macOf('fd00:1::fb16:3eff:fe11:2233'), undefined);
  });
});

describe('the addresses after an update', () => {
  const held = (subnetId: string, address: string) => ({ subnetId, address: Address.parse(address) });
  const mac = Mac.parse('fa:16:3e:11:22:33');
  const own = held('slaac', 'fd00:1::f816:3eff:fe11:2233');
  const update = (subnets: Subnet[], wishes: AddressRequest['wishes'], ...has: ReturnType<typeof held>[]) =>
    planUpdate(facts(subnets, wishes), has).map(say);
  it('keep those of SLAAC subnets that the wishes leave out', () => {
    assert.deepEqual(update([slaac, stateful], [{ subnet_id: 'stateful' }], own), [
      'free stateful',
      'fd00:1::f816:3eff:fe11:2233',
    ]);
  });
  it('drop them on delete_subnet', () => {
    assert.deepEqual(update([slaac], [{ subnet_id: 'slaac', delete_subnet: true }], own), []);
  });
  it('reuse the address held when a wish names the subnet alone', () => {
    assert.deepEqual(update([stateful], [{ subnet_id: 'stateful' }], held('stateful', 'fd00:3::7')), [
      'fd00:3::7',
    ]);
  });
  it('follow a new MAC where SLAAC made them, and nowhere else', () => {
    const picks = planUpdate(facts([slaac, stateless], [{ ip_address: 'fd00:2::42' }]), [own]);
    assert.deepEqual(followMac(picks, mac).map(say), ['fd00:2::42', 'eui64 slaac']);
  });
});
