/** The ways out through a router's gateway that are measured: routed, and translated by Sextant or by hand. */
import { randomInt } from 'node:crypto';
import { type Address, embedIpv4, Mac, Prefix } from '../../src/addressing/index.ts';
import { type GatewayWorld, leadTo, NAT64, OUTER4, outerOf, reaches, TRANSLATED } from './world.ts';

/** From where to where the instance sends. */
export interface WayEnds {
  readonly source: Address;
  readonly target: Address;
}

/** Makes what a way takes. */
export type GatewayWay = (world: GatewayWorld) => Promise<WayEnds>;

/** Plain routing. */
export const routed: GatewayWay = async ({ addresses, outer }) => ({
  source: addresses.routed,
  target: outer[6],
});

/** Sextant's NAT64. */
export const nat64: GatewayWay = async (world) =>
  thatAnswers(world, { source: world.addresses.routed, target: embedIpv4(NAT64, world.outer[4]) });

const EXTERNAL = Prefix.parse('fd5e:c7a9:7e59::/48');

/** Sextant's NPTv6. */
export const nptv6: GatewayWay = async (world) => {
  const { workspace, router, outside, addresses, outer } = world;
  const pool = await workspace.make('subnetpool', { prefixes: [`${EXTERNAL}`], min_prefixlen: 48 });
  await workspace.make('nptv6_translation', {
    ...{ router_id: router.id, subnetpool_id: pool.id },
    ...{ internal_prefix: `${TRANSLATED}`, external_prefix: `${EXTERNAL}` },
  });
  await leadTo(outside, `${EXTERNAL}`, outerOf(router));
  return thatAnswers(world, { source: addresses.translated, target: outer[6] });
};

/** Of the network on which tayga is, and by which it is reached. */
const TAYGA = {
  link: Prefix.parse('fd5e:c7a9:7e57:7a::/64'),
  prefix: Prefix.parse('fd5e:c7a9:7e57:65::/96'),
  leg: OUTER4.at(0x7an),
  own4: '192.168.94.1',
  pool4: '192.168.94.0/24',
} as const;
const TAYGA_MAC = Mac.parse('02:00:00:5e:00:7a');

/**
 * tayga by hand, as administrators set it up: on a network of its own behind the router, which leads the prefix there,
 * with a leg on the external network. It gives each instance an IPv4 address, which the host outside leads back.
 */
export const tayga: GatewayWay = async (world) => {
  const { workspace, router, lab, networks, outside, addresses, outer } = world;
  const network = await workspace.make('network', {});
  const subnet = await workspace.make('subnet', {
    ...{ network_id: network.id, ip_version: 6, cidr: `${TAYGA.link}`, gateway_ip: `${TAYGA.link.at(1n)}` },
  });
  await workspace.attach(router.id, subnet.id);
  const nexthop = TAYGA.link.at(0x7an);
  const mac = Mac.of(0xfa163e000000n + BigInt(randomInt(2 ** 24)));
  const port = await workspace.make('port', {
    ...{ network_id: network.id, mac_address: `${mac}`, port_security_enabled: false, security_groups: [] },
    fixed_ips: [{ subnet_id: subnet.id, ip_address: `${nexthop}` }],
  });
  const routes = [{ destination: `${TAYGA.prefix}`, nexthop: `${nexthop}` }];
  await workspace.client.update('router', router.id, { routes });
  workspace.later(() => workspace.client.update('router', router.id, { routes: [] }));
  const translator = await lab.instance('tayga');
  const inner = await world.plug(translator, { id: port.id, mac, mtu: networks.inner.mtu }, 'eth1');
  inner.addAddress(nexthop, TAYGA.link.length);
  const leg = await world.plugOutside(translator, TAYGA_MAC, 'eth0');
  leg.addAddress(TAYGA.leg, OUTER4.length);
  for (const setting of ['ipv6/conf/all/forwarding', 'ipv4/conf/all/forwarding'])
    translator.setSetting(setting, 1);
  const settings = '/run/tayga.conf';
  translator.writeFile(
    settings,
    `tun-device nat64
prefix ${TAYGA.prefix}
ipv4-addr ${TAYGA.own4}
dynamic-pool ${TAYGA.pool4}
data-dir /run
`,
  );
  await translator.run('tayga', '-c', settings, '--mktun');
  await translator.run('ip', 'link', 'set', 'nat64', 'up');
  await translator.run('ip', 'route', 'add', `${TAYGA.pool4}`, 'dev', 'nat64');
  await translator.run('ip', '-6', 'route', 'add', `${TAYGA.prefix}`, 'dev', 'nat64');
  await translator.run('ip', '-6', 'route', 'add', 'default', 'via', `${TAYGA.link.at(1n)}`, 'dev', 'eth1');
  translator.spawn(['tayga', '-c', settings, '--nodetach']);
  await leadTo(outside, TAYGA.pool4, TAYGA.leg);
  return thatAnswers(world, { source: addresses.routed, target: embedIpv4(TAYGA.prefix, outer[4]) });
};

async function thatAnswers({ guest }: GatewayWorld, path: WayEnds): Promise<WayEnds> {
  await reaches(guest, path.target, path.source);
  return path;
}
