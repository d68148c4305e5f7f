import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { type Address, eui64Address, linkLocalAddress, Mac, Prefix } from '../../src/addressing/index.ts';
import { Lab } from '../../src/lab/lab.ts';
import { ping } from '../../src/lab/probes/ping.ts';
import { SwitchConnection } from '../../src/lab/switch-connection.ts';
import type { Advertised } from '../../src/lab/upstream/router-advertiser.ts';
import { UpstreamRouter } from '../../src/lab/upstream/upstream-router.ts';
import { waitUntil } from '../../src/lab/wait.ts';
import type { Frame } from '../../src/packets/frame.ts';
import { silent, startEngine, tool } from '../engine/embedded/support.ts';

const VLAN = 200;
const MTU = 1400;
const PATIENCE = 20_000;
const ON_LINK = Prefix.parse('2001:db8:7::/64');
const BEYOND = Prefix.parse('2001:db8:8::/64');
const OTHER = Prefix.parse('2001:db8:9::/64');

/** What was begun first ends last. */
const begun = new AsyncDisposableStack();
after(() => begun.disposeAsync());
const engine = await startEngine({ after: (end) => begun.defer(async () => end()) });
const { switchDatabase: database, namespace } = engine;
const [integration, physical] = await Promise.all(
  ['br-int', 'br-physnet1'].map((bridge) => SwitchConnection.open({ database, bridge, namespace }, silent)),
);
begun.defer(() => integration!.close());
begun.defer(() => physical!.close());
const lab = Lab.open();
begun.defer(() => lab.close());

const advertising = (prefix: Prefix): Advertised => ({
  routerLifetime: 1800,
  options: [
    {
      kind: 'prefix-information',
      prefix,
      onLink: true,
      autonomous: true,
      prefersDelegation: false,
      validLifetime: 1800,
      preferredLifetime: 900,
    },
  ],
});

const macOf = (number: number): Mac => Mac.of(0x020000000000n + BigInt(number));

/** A router on a VLAN of the physical network that advertises a prefix there. */
async function upstream(number: number, vlan: number, prefix: Prefix) {
  const router = await lab.instance(`upstream-${number}`);
  const uplink = { id: randomUUID(), mac: macOf(number), mtu: 1500, vlan };
  const device = await lab.plug(physical!, uplink, router, 'outside');
  return { router, link: { device, prefixes: [prefix], advertised: advertising(prefix) } };
}

test('an instance on a provider VLAN is configured by the router upstream, and reaches beyond it', async () => {
  const mac = macOf(9);
  const id = randomUUID();
  const addresses = `${mac} ${eui64Address(ON_LINK, mac)} ${linkLocalAddress(mac)}`;
  await tool(
    engine,
    'ovn-nbctl',
    ...[
      'ls-add',
      'provider',
      '--',
      'lsp-add',
      'provider',
      'uplink',
      '--',
      'lsp-set-type',
      'uplink',
      'localnet',
    ],
    ...['--', 'lsp-set-addresses', 'uplink', 'unknown'],
    ...['--', 'lsp-set-options', 'uplink', 'network_name=physnet1'],
    ...['--', 'set', 'logical_switch_port', 'uplink', `tag=${VLAN}`],
    ...['--', 'lsp-add', 'provider', id, '--', 'lsp-set-addresses', id, addresses],
  );
  const [vm, far] = await Promise.all([lab.instance('vm'), lab.instance('far')]);
  const eth0 = await lab.plug(integration!, { id, mac, mtu: MTU, isUnguarded: true }, vm, 'eth0');
  const capture = eth0.capture();
  eth0.up();

  const right = await upstream(1, VLAN, ON_LINK);
  const wrong = await upstream(2, VLAN + 1, OTHER);
  const [inside, host] = right.router.connect('inside', macOf(3), {
    instance: far,
    device: 'eth0',
    mac: macOf(4),
  });
  UpstreamRouter.start([right.link, { device: inside, prefixes: [BEYOND], advertised: advertising(BEYOND) }]);
  UpstreamRouter.start([wrong.link]);
  host.up();

  const target = eui64Address(BEYOND, host.mac);
  assert(await eth0.has(eui64Address(ON_LINK, mac), PATIENCE));
  assert(await host.has(target, PATIENCE));
  assert(await waitUntil(async () => (await ping(vm, target)).received > 0, PATIENCE));
  const route = eth0.routes().find(({ destination }) => destination.length === 0);
  assert.equal(String(route?.gateway), String(linkLocalAddress(macOf(1))));

  await capture.settle();
  const fromWrong = ({ source }: Frame): boolean => source.equals(macOf(2));
  assert.equal(capture.received(fromWrong).length, 0, 'nothing comes from another VLAN');
  const isOther = (address: Address): boolean => OTHER.contains(address);
  assert.equal(eth0.usable(6).find(isOther), undefined);
});
