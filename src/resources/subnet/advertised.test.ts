import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestError } from '../../errors/index.ts';
import { checkAdvertised } from './advertised.ts';

const plain = {
  ip_version: 6,
  ipv6_ra_mode: 'slaac',
  dns_search_domains: [] as string[],
  preferred_lifetime: null,
  valid_lifetime: null,
  ra_router_lifetime: null,
  ra_router_preference: 'medium',
  ra_prefer_delegation: false,
  pref64: null,
} as const;

const refusals: [string, Partial<Parameters<typeof checkAdvertised>[0]>, RegExp][] = [
  [
    'a search domain on IPv4',
    { ip_version: 4, dns_search_domains: ['a'] },
    /dns_search_domains is not valid when/,
  ],
  ['a lifetime on IPv4', { ip_version: 4, valid_lifetime: 60 }, /valid_lifetime is not valid when/],
  [
    'the P flag without advertisements',
    { ipv6_ra_mode: null, ra_prefer_delegation: true },
    /ra_prefer_delegation .*ipv6_ra_mode/,
  ],
  ['PREF64 without advertisements', { ipv6_ra_mode: null, pref64: '64:ff9b::/96' }, /pref64 .*ipv6_ra_mode/],
  [
    'a preference without advertisements',
    { ipv6_ra_mode: null, ra_router_preference: 'high' },
    /ra_router_preference .*ipv6_ra_mode/,
  ],
  [
    'addresses preferred longer than they are valid',
    { preferred_lifetime: 61, valid_lifetime: 60 },
    /preferred_lifetime 61 is longer than valid_lifetime 60/,
  ],
  ['valid shorter than usually preferred', { valid_lifetime: 60 }, /43200 \(as is usual\)/],
  ['PREF64 of IPv4', { pref64: '10.0.0.0/8' }, /pref64 '10.0.0.0\/8'/],
  ['PREF64 of another length', { pref64: '64:ff9b::/97' }, /32, 40, 48, 56, 64, 96/],
];

for (const [name, changes, message] of refusals) {
  test(`${name} is refused`, () => {
    assert.throws(
      () => checkAdvertised({ ...plain, ...changes }),
      (error) => error instanceof RequestError && error.status === 400 && message.test(error.message),
    );
  });
}

test('what can be told is taken', () => {
  checkAdvertised(plain);
  checkAdvertised({ ...plain, ip_version: 4, ipv6_ra_mode: null });
  checkAdvertised({
    ...plain,
    ipv6_ra_mode: null,
    dns_search_domains: ['a'],
    preferred_lifetime: 5,
    valid_lifetime: 9,
  });
  checkAdvertised({ ...plain, pref64: '64:ff9b::/96', ra_router_lifetime: 0, ra_router_preference: 'low' });
});
