/** The kernel's policies against what is not protected, with datagrams between two namespaces. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Address, type Family, Mac, Prefix } from '../../src/addressing/index.ts';
import { Lab, UdpEcho, udpProbe } from '../../src/lab/index.ts';
import { blockTunnels, hasXfrm, tunnelRequestId, unblockTunnels } from '../../src/linux/index.ts';
import { afterwards } from '../support/afterwards.ts';

const LINKS: Readonly<Record<Family, Prefix>> = {
  6: Prefix.parse('2001:db8:f::/64'),
  4: Prefix.parse('198.51.100.0/24'),
};
const [GENEVE, VXLAN, OTHER] = [6081, 4789, 6080];

async function start(t: TestContext, family: Family) {
  const lab = Lab.open();
  afterwards(t, () => lab[Symbol.asyncDispose]());
  const [one, two] = [await lab.instance('one'), await lab.instance('two')];
  const mac = (last: number) => Mac.parse(`02:00:00:00:0c:0${last}`);
  const cable = one.connect('eth0', mac(1), { instance: two, device: 'eth0', mac: mac(2) });
  const link = LINKS[family];
  for (const [index, device] of cable.entries()) {
    device.up();
    device.addAddress(link.at(BigInt(index + 1)), link.length);
  }
  const [from, to] = [link.at(1n), link.at(2n)];
  for (const port of [GENEVE, VXLAN, OTHER]) UdpEcho.start(two, port, to);
  const passing = async (target: Address = to) => {
    const passed: number[] = [];
    for (const port of [GENEVE, VXLAN, OTHER]) if (await udpProbe(one, target, port)) passed.push(port);
    return passed;
  };
  return { one, two, from, to, passing };
}

for (const family of [6, 4] as const) {
  test(`over IPv${family} nothing of a tunnel leaves unprotected, or is taken, and all else passes`, async (t) => {
    const { one, two, from, to, passing } = await start(t, family);
    assert.ok(hasXfrm(one.namespace));
    assert.deepEqual(await passing(), [GENEVE, VXLAN, OTHER], 'without');

    blockTunnels(two.namespace, to);
    blockTunnels(two.namespace, to);
    assert.deepEqual(await passing(), [OTHER], 'it is not taken');
    blockTunnels(two.namespace, from);
    assert.deepEqual(await passing(), [GENEVE, VXLAN, OTHER], 'tunnels end elsewhere now');
    unblockTunnels(two.namespace);

    blockTunnels(one.namespace, from);
    assert.deepEqual(await passing(), [OTHER], 'it does not leave');
    unblockTunnels(one.namespace);
    assert.deepEqual(await passing(), [GENEVE, VXLAN, OTHER], 'nothing is left');
  });
}

test('policies of others stay', async (t) => {
  const { one, from, passing } = await start(t, 6);
  const theirs = [
    'policy',
    'add',
    'src',
    `${from}/128`,
    'dst',
    '::/0',
    'proto',
    'udp',
    'dport',
    String(OTHER),
  ];
  await one.run('ip', 'xfrm', ...theirs, 'dir', 'out', 'action', 'block');
  blockTunnels(one.namespace, from);
  assert.deepEqual(await passing(), []);
  unblockTunnels(one.namespace);
  assert.deepEqual(await passing(), [GENEVE, VXLAN]);
});

test('what is left of a daemon that was killed is taken away, and what is another’s stays', async (t) => {
  const { one, from, to } = await start(t, 4);
  const xfrm = (...words: string[]) => one.run('ip', 'xfrm', ...words);
  const ours = tunnelRequestId('h2', 'geneve-out');
  for (const [reqid, port] of [
    [ours, GENEVE],
    [1, OTHER],
  ])
    await xfrm(
      ...[
        'policy',
        'add',
        'src',
        `${from}`,
        'dst',
        `${to}`,
        'proto',
        'udp',
        'dport',
        String(port),
        'dir',
        'out',
      ],
      ...['tmpl', 'proto', 'esp', 'reqid', String(reqid), 'mode', 'transport'],
    );
  unblockTunnels(one.namespace);
  const left = await one.run('ip', 'xfrm', 'policy');
  assert.ok(left.includes('reqid 1 ') && !left.includes(String(ours)));
});
