import assert from 'node:assert/strict';
import { test } from 'node:test';
import { network, port } from '../../../test/support/records.ts';
import { Mac } from '../../addressing/index.ts';
import { networkFacts } from '../../engine/northbound/network/facts.ts';
import { portFacts } from '../../engine/northbound/port/facts.ts';
import { FactsByNetwork } from './facts-by-network.ts';

const mac = (number: number): Mac => Mac.of(0xfa163e000000n + BigInt(number));

const textOf = (number: number): string =>
  portFacts(port({ mac: mac(number), dnsName: `host-${number}` }), false);

const networkText = (id: string, mtu = 1500): string => networkFacts(network({ id, mtu }), []);

function twoNetworks() {
  const unreadable: string[] = [];
  const facts = new FactsByNetwork((_error, port) => unreadable.push(port));
  facts.put('svc-n1', 'd1', networkText('n1'));
  facts.put('a', 'd1', textOf(1));
  facts.put('b', 'd1', textOf(2));
  facts.put('svc-n2', 'd2', networkText('n2'));
  facts.put('c', 'd2', textOf(1));
  return { facts, unreadable };
}

test('ports are found by id, by network and by MAC address on it', () => {
  const { facts } = twoNetworks();
  assert.equal(facts.port('a')?.hostname, 'host-1');
  assert.equal(facts.networkOfPort('c')?.id, 'n2');
  assert.deepEqual(
    Array.from(facts.portsOn('n1'), ({ id }) => id),
    ['a', 'b'],
  );
  assert.equal(facts.portByMac('n1', mac(1))?.id, 'a');
  assert.equal(facts.portByMac('n2', mac(1))?.id, 'c');
  assert.equal(facts.portByMac('n2', mac(2)), undefined);
});

test('what changes after it was asked for is followed', () => {
  const { facts } = twoNetworks();
  assert.equal(facts.network('n1')?.mtu, 1500);
  facts.put('svc-n1', 'd1', networkText('n1', 1400));
  facts.put('a', 'd1', textOf(7));
  facts.delete('b');
  assert.equal(facts.network('n1')?.mtu, 1400);
  assert.equal(facts.portByMac('n1', mac(1)), undefined);
  assert.equal(facts.portByMac('n1', mac(7))?.id, 'a');
  assert.equal(facts.portByMac('n1', mac(2)), undefined);
  assert.equal(facts.port('b'), undefined);
});

test('a network that nobody asked for is not read to tell which one a port is on', () => {
  const { facts } = twoNetworks();
  assert.equal(facts.askedNetworkOf('a'), undefined);
  facts.network('n1');
  assert.equal(facts.askedNetworkOf('a'), 'n1');
  facts.delete('a');
  assert.equal(facts.askedNetworkOf('a'), undefined);
});

test('a MAC address that moved from one port to another is the other’s, whichever is told first', () => {
  const { facts } = twoNetworks();
  assert.equal(facts.portByMac('n1', mac(1))?.id, 'a');
  facts.put('b', 'd1', textOf(1));
  facts.put('a', 'd1', textOf(2));
  assert.equal(facts.portByMac('n1', mac(1))?.id, 'b');
  assert.equal(facts.portByMac('n1', mac(2))?.id, 'a');
});

test('a network goes with its service port', () => {
  const { facts } = twoNetworks();
  facts.delete('svc-n1');
  assert.equal(facts.network('n1'), undefined);
  assert.equal(facts.networkOfPort('a'), undefined);
  assert.deepEqual([...facts.portsOn('n1')], []);
});

test('text that is no facts is told, and the port is as if it were not there', () => {
  const { facts, unreadable } = twoNetworks();
  facts.put('d', 'd1', '{}');
  assert.equal(facts.port('d'), undefined);
  assert.deepEqual(unreadable, ['d']);
  assert.equal(facts.port('a')?.hostname, 'host-1');
});
