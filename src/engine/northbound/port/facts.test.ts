import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addresses,
  fixedIp,
  network,
  port,
  slaac,
  stateful,
  stateless,
  subnet,
} from '../../../../test/support/records.ts';
import { Prefix } from '../../../addressing/index.ts';
import { decodePortFacts } from '../../../host-contract/index.ts';
import { openPrefixesOfPort, portFacts } from './facts.ts';

const auto = subnet('fd00:a::/64', slaac);
const other = subnet('fd00:b::/64', stateless);
const served = subnet('fd00:c::/64', stateful);
const v4 = subnet('10.0.0.0/24');
const fixedIps = [
  fixedIp('fd00:a::1', auto),
  fixedIp('fd00:a::2', auto),
  fixedIp('fd00:b::1', other),
  fixedIp('fd00:c::1', served),
  fixedIp('10.0.0.5', v4),
];

test('the policy prefix opens what instances form their addresses in, and fe80::/64', () => {
  assert.deepEqual(openPrefixesOfPort(port({ fixedIps })).map(String), [
    'fe80::/64',
    'fd00:a::/64',
    'fd00:b::/64',
  ]);
});

test('the policy strict opens nothing; the port goes before the network', () => {
  const strict = network({ addressPolicy: 'strict' });
  assert.deepEqual(openPrefixesOfPort(port({ fixedIps, network: strict })), []);
  assert.deepEqual(openPrefixesOfPort(port({ fixedIps, addressPolicy: 'strict' })), []);
  assert.equal(openPrefixesOfPort(port({ fixedIps, network: strict, addressPolicy: 'prefix' })).length, 3);
});

test('hosts are told what to forget', () => {
  const learnedReset = { serial: 3, kept: addresses('fd00:a::1234') };
  const told = decodePortFacts(portFacts(port({ learnedReset }), false)).learnedReset;
  assert.deepEqual([told?.serial, told?.kept.map(String)], [3, ['fd00:a::1234']]);
  assert.equal(decodePortFacts(portFacts(port(), false)).learnedReset, null);
});

test('an allowed address is a prefix of one address', () => {
  const allowedAddressPairs = [
    { mac: undefined, address: 'fd00:a::100' },
    { mac: undefined, address: '10.0.0.9' },
    { mac: undefined, address: 'fd00:9::/48' },
  ];
  const facts = decodePortFacts(portFacts(port({ allowedAddressPairs }), false));
  assert.deepEqual(
    facts.allowedAddressPairs.map(({ prefix }) => prefix.toString()),
    ['fd00:a::100/128', '10.0.0.9/32', 'fd00:9::/48'],
  );
  assert.ok(facts.allowedAddressPairs[0]!.prefix.contains(Prefix.parse('fd00:a::100/128').network));
});
