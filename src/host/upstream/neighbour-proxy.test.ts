import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Mac } from '../../addressing/index.ts';
import {
  decodeFrame,
  describeFrame,
  encodeFrame,
  type Frame,
  frame,
  icmpv6,
  ipv6,
  multicastMac,
  solicitedNode,
  vlanTags,
} from '../../packets/index.ts';
import { answerFor } from './neighbour-proxy.ts';

const router = Mac.parse('fa:16:3e:00:00:09');
const asker = Mac.parse('02:00:00:00:00:01');
const target = Address.parse('2001:db8:1::9');
const proxied = {
  ...{ address: target, mac: router, networkId: 'n1', physicalNetwork: 'physnet1', vlan: 7 },
  isProxied: true,
};

const asked = (facts: { from?: string; mac?: Mac; target?: Address; vlan?: number | null } = {}): Frame => {
  const of = facts.target ?? target;
  const message = { kind: 'neighbour-solicitation', target: of, options: [] } as const;
  const group = solicitedNode(of);
  const packet = ipv6(Address.parse(facts.from ?? 'fe80::1'), group, icmpv6(message), { hopLimit: 255 });
  const { vlan = 7 } = facts;
  return { ...frame(facts.mac ?? asker, multicastMac(group), packet), vlans: vlanTags(vlan) };
};
const answer = (facts: Parameters<typeof asked>[0] = {}): string | undefined => {
  const made = answerFor(proxied, asked(facts));
  return made && describeFrame(decodeFrame(encodeFrame(made)));
};
const messageTo = (facts: Parameters<typeof asked>[0]) => {
  const made = answerFor(proxied, asked(facts));
  assert.ok(made?.network.kind === 'ipv6' && made.network.upper.kind === 'icmpv6');
  const { message } = made.network.upper;
  assert.ok(message.kind === 'neighbour-advertisement');
  return {
    ...message,
    destination: `${made.network.destination}`,
    mac: `${made.destination}`,
    vlans: made.vlans,
  };
};

test('who asks for an instance’s address is told the router’s MAC address, without overriding', () => {
  const said = messageTo({});
  assert.deepEqual([said.destination, said.mac, said.vlans[0]?.id], ['fe80::1', `${asker}`, 7]);
  assert.deepEqual([said.solicited, said.override, `${said.target}`], [true, false, `${target}`]);
  assert.deepEqual(said.options, [{ kind: 'target-link-layer-address', mac: router }]);
});

test('who tries whether it is free is told that it is not, as all are', () => {
  const said = messageTo({ from: '::' });
  assert.deepEqual([said.destination, said.solicited], ['ff02::1', false]);
});

test('nothing is answered for other addresses, on other VLANs, or to the router itself', () => {
  assert.equal(answer({ target: Address.parse('2001:db8:1::a') }), undefined);
  assert.equal(answer({ vlan: 8 }), undefined);
  assert.equal(answer({ vlan: null }), undefined);
  assert.equal(answer({ mac: router }), undefined);
});
