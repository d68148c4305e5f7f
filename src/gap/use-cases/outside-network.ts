/** What is outside of a cloud: a router upstream on an external network, and a host beyond it. */
import { Address, eui64Address, type Family, linkLocalAddress, Mac, Prefix } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import {
  type Advertised,
  type InstanceInterface,
  type LabInstance,
  type RouterAdvertiser,
  UpstreamRouter,
} from '../../lab/index.ts';
import type { Tenant, Trial } from '../kit/index.ts';

/** What is beyond the upstream router. */
export interface OutsideOptions {
  /** The prefix of the host's link. */
  readonly beyond: Prefix;
  /** What the router has on the external network, beside its link-local address. */
  readonly onLink?: readonly (readonly [Address, number])[];
  /** IPv4 address of the host, on a link with a prefix of this length where the router has the one before. */
  readonly beyond4?: { readonly router: Address; readonly host: Address };
  /** What the router tells the external network of itself; nothing when left out. */
  readonly advertised?: Advertised;
  /** Tells those of several on one network from each other, and begins their MAC addresses. */
  readonly number?: number;
}

export class Outside {
  readonly upstream: LabInstance;
  /** The router's device on the external network. */
  readonly device: InstanceInterface;
  readonly linkLocal: Address;
  readonly beyond: LabInstance;
  readonly host: Address;
  /** Advertises the router on the external network, if anything does. */
  readonly advertiser: RouterAdvertiser | undefined;

  private constructor(
    device: InstanceInterface,
    beyond: LabInstance,
    host: Address,
    advertiser: RouterAdvertiser | undefined,
  ) {
    this.advertiser = advertiser;
    this.upstream = device.instance;
    this.device = device;
    this.linkLocal = linkLocalAddress(device.mac);
    this.beyond = beyond;
    this.host = host;
  }

  /** Starts both; the router advertises itself to the host beyond, and on the external network if it is to. */
  static async start(trial: Trial, network: Answered<'network'>, options: OutsideOptions): Promise<Outside> {
    const { beyond: prefix, onLink = [], beyond4, advertised, number = 0 } = options;
    const mac = (last: number) => Mac.parse(`02:00:00:${number.toString(16).padStart(2, '0')}:04:0${last}`);
    const upstream = await trial.outsideInstance(`upstream${number || ''}`, mac(1), network);
    const host = await trial.instance(`beyond${number || ''}`);
    const [inner, far] = upstream.connect('eth1', mac(2), { instance: host, device: 'eth0', mac: mac(3) });
    far.up();
    const device = upstream.interface('eth0');
    const router = UpstreamRouter.start([
      { device, prefixes: [], ...(advertised && { advertised }) },
      {
        device: inner,
        prefixes: [prefix],
        advertised: {
          routerLifetime: 1800,
          options: [
            {
              kind: 'prefix-information',
              ...{ prefix, onLink: true, autonomous: true, prefersDelegation: false },
              ...{ validLifetime: 3600, preferredLifetime: 1800 },
            },
          ],
        },
      },
    ]);
    for (const [address, length] of onLink) device.addAddress(address, length);
    if (beyond4) {
      upstream.setSetting('ipv4/conf/all/forwarding', 1);
      inner.addAddress(beyond4.router, 30);
      far.addAddress(beyond4.host, 30);
      await host.run('ip', 'route', 'add', 'default', 'via', `${beyond4.router}`);
    }
    const address = eui64Address(prefix, mac(3));
    await far.has(address, 20_000);
    return new Outside(device, host, address, router.advertisers[0]);
  }

  /** Has the router upstream lead to what a router says that it needs. */
  async leadTo(routes: readonly { readonly destination: string; readonly nexthop: string }[]): Promise<void> {
    for (const { destination, nexthop } of routes)
      await this.upstream.run('ip', 'route', 'replace', destination, 'via', nexthop, 'dev', 'eth0');
  }
}

/** An external network of both families, with a subnet of each whose gateway is the router upstream. */
export interface DualStackOutside {
  readonly network: Answered<'network'>;
  readonly subnets: Readonly<Record<Family, Answered<'subnet'>>>;
  readonly outside: Outside;
  /** Addresses of the host beyond. */
  readonly hosts: Readonly<Record<Family, Address>>;
}

/**
 * Makes one.
 * @param number tells it from others, and is in its prefixes
 * @param pool of the subnet of IPv6, if that is to be of one
 */
export async function dualStackOutside(
  trial: Trial,
  tenant: Tenant,
  number: number,
  pool?: Answered<'subnetpool'>,
): Promise<DualStackOutside> {
  const network = await tenant.network('outside', 'vlan', { 'router:external': true });
  const hex = number.toString(16);
  const [link4, link6] = [`198.18.${number}.0/24`, `fd${hex}:0:0:ee::/64`];
  const [upstream4, upstream6] = [Prefix.parse(link4).at(1n), Prefix.parse(link6).at(1n)];
  const [router, host] = [`198.19.${number}.1`, `198.19.${number}.2`].map((text) => Address.parse(text)) as [
    Address,
    Address,
  ];
  const subnets = {
    4: await tenant.subnet4(network, link4, { gateway_ip: `${upstream4}`, enable_dhcp: false }),
    6: await tenant.subnet6(network, link6, undefined, {
      ...{ gateway_ip: `${upstream6}`, enable_dhcp: false },
      ...(pool && { subnetpool_id: pool.id }),
    }),
  };
  const outside = await Outside.start(trial, network, {
    ...{ beyond: Prefix.parse(`fd${hex}:0:0:ff::/64`), number, beyond4: { router, host } },
    onLink: [
      [upstream6, 64],
      [upstream4, 24],
    ],
  });
  return { network, subnets, outside, hosts: { 4: host, 6: outside.host } };
}

/**
 * Has what is upstream lead to the prefixes behind a router, by what the router says that it needs; where a cloud does
 * not say that, by its addresses outside.
 */
export async function leadBack(
  { outside, subnets }: DualStackOutside,
  { upstream_routes: said, external_gateway_info }: Answered<'router'>,
  inside: readonly string[],
): Promise<void> {
  const gateways = (external_gateway_info?.external_fixed_ips ?? []).filter(
    ({ subnet_id }) => subnet_id === subnets[6].id,
  );
  const found = gateways.flatMap(({ ip_address }) =>
    inside.map((destination) => ({ destination, nexthop: ip_address! })),
  );
  await outside.leadTo(said ?? found);
}
