/** What distributed routing is tried on: a router between two networks, with instances on two hosts. */
import { Address, type Family } from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import { DhcpClient, type LabInstance } from '../../../lab/index.ts';
import { configured, ipv4Of, ipv6Of, type Tenant, type Trial } from '../../kit/index.ts';
import { type DualStackOutside, dualStackOutside, leadBack } from '../outside-network.ts';

export const FAMILIES = [6, 4] as const;
export const [EAST, WEST] = ['fd48:1::/64', 'fd48:2::/64'] as const;
/** Of all prefixes here, those of the external network too. */
const ALL = 'fd48::/16';

export type Addresses = Readonly<Record<Family, Address>>;

export interface DistributedGuest {
  readonly instance: LabInstance;
  readonly port: Answered<'port'>;
  readonly addresses: Addresses;
}

interface FloatingGuest extends DistributedGuest {
  readonly floating: Addresses;
}

/** Where instances are: what is outside is beside the first of them. */
export interface Sites {
  readonly first: Trial;
  readonly second: Trial;
  /** Done when all is plugged in, before there is a gateway. */
  readonly ready?: () => Promise<void>;
}

export interface DistributedWorld {
  readonly router: Answered<'router'>;
  readonly far: DualStackOutside;
  /** On the first host, in one network. */
  readonly one: FloatingGuest;
  /** On the first host, in the other network. */
  readonly near: DistributedGuest;
  /** On the second host, in the other network. */
  readonly two: FloatingGuest;
  /** The same, without floating IPs. */
  readonly plain: DistributedGuest;
}

/**
 * A router between two networks of both families, with a gateway on an external network, and floating IPs there. All IPv6
 * is of one address scope, if that makes a difference.
 */
export async function build(tenant: Tenant, { first, second, ready }: Sites): Promise<DistributedWorld> {
  const pool = first.isSextant ? await commonPool(tenant) : undefined;
  const far = await dualStackOutside(first, tenant, 0x48, pool);
  const pooled = pool && { subnetpool_id: pool.id };
  const networks = await Promise.all(['east', 'west'].map((name) => tenant.network(name)));
  const [east, west] = networks as [Answered<'network'>, Answered<'network'>];
  const { id } = await tenant.router('between', [
    await tenant.subnet6(east, EAST, 'slaac', pooled),
    await tenant.subnet4(east, '10.48.1.0/24'),
    await tenant.subnet6(west, WEST, 'slaac', pooled),
    await tenant.subnet4(west, '10.48.2.0/24'),
  ]);
  const start = async (on: Trial, name: string, network: Answered<'network'>): Promise<DistributedGuest> => {
    const port = await tenant.port(network);
    const instance = await on.instance(name, port);
    await DhcpClient.dhclient(instance.interface('eth0'), 'ipv4');
    await configured([instance.interface('eth0'), ipv6Of(port)]);
    return { instance, port, addresses: { 6: ipv6Of(port), 4: ipv4Of(port) } };
  };
  const one = await start(first, 'one', east);
  const near = await start(first, 'near', west);
  const two = await start(second, 'two', west);
  const plain = await start(second, 'plain', west);
  await ready?.();
  const gateway = { external_gateway_info: { network_id: far.network.id } };
  const router = await tenant.client.update('router', id, gateway);
  await leadBack(far, router, [EAST, WEST]);
  const floats = async ({ port, addresses }: DistributedGuest): Promise<Addresses> => {
    const [six, four] = await Promise.all(
      FAMILIES.map((family) =>
        tenant.make('floatingip', {
          ...{ floating_network_id: far.network.id, subnet_id: far.subnets[family].id },
          ...{ port_id: port.id, fixed_ip_address: `${addresses[family]}` },
        }),
      ),
    );
    return {
      6: Address.parse(six!.floating_ip_address),
      4: Address.parse(four!.floating_ip_address),
    };
  };
  return {
    ...{ router, far, near, plain },
    one: { ...one, floating: await floats(one) },
    two: { ...two, floating: await floats(two) },
  };
}

async function commonPool(tenant: Tenant): Promise<Answered<'subnetpool'>> {
  const scope = await tenant.make('address_scope', { name: 'all', ip_version: 6 });
  return tenant.make('subnetpool', { prefixes: [ALL], address_scope_id: scope.id });
}

/** As what instances without floating IPs are seen outside; for IPv6 nobody is. */
export const gatewayAddress = ({ router }: DistributedWorld, family: Family): Address =>
  (router.external_gateway_info?.external_fixed_ips ?? [])
    .map(({ ip_address }) => Address.parse(ip_address ?? ''))
    .find((address) => address.family === family)!;
