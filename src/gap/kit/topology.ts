/** On what a use case tried things: the networks, routers and instances that its trial made, for a drawing. */
import type { Answered, Create, ResourceName } from '../../client/index.ts';

/** Where an instance is plugged in, unless it is where the port says. */
export type UnusualPlace = 'past the guard' | 'outside' | 'hardware';

export interface DrawnNetwork {
  readonly name: string;
  /** The tenant whose it is; absent when it is an administrator's. */
  readonly tenant?: string;
  /** `VLAN 101`, where that is known. */
  readonly kind?: string;
  /** Prefixes, with the address mode of those that have one. */
  readonly subnets: readonly string[];
}

export interface DrawnRouter {
  readonly name: string;
  /** Those that it is attached to, as positions in `networks`. */
  readonly networks: readonly number[];
}

export interface DrawnInstance {
  readonly name: string;
  readonly place?: UnusualPlace;
  /** In the order of its devices. */
  readonly interfaces: readonly { readonly network: number; readonly addresses: readonly string[] }[];
}

export interface Topology {
  readonly networks: readonly DrawnNetwork[];
  readonly routers: readonly DrawnRouter[];
  readonly instances: readonly DrawnInstance[];
}

/** What is to be known of a port. */
type DrawnPort = Pick<Answered<'port'>, 'id' | 'network_id' | 'fixed_ips'>;

/** Takes down what one tenant makes. */
export interface TenantRecord {
  /** A resource was made; those that no drawing shows are passed over. It has the name that was wished for. */
  made<N extends ResourceName>(name: N, resource: Answered<N>, wish: Create<N>): void;
  /** A router has an interface on a subnet's network. */
  attached(routerId: string, subnet: Answered<'subnet'>): void;
}

/** A network with what the API does not say of it. */
interface OwnedNetwork {
  readonly network: Answered<'network'>;
  readonly name: string;
  readonly tenant: string | undefined;
}

/** Takes down what is made, in that order. What is removed later was there all the same. */
export class TopologyRecord {
  readonly #networks = new Map<string, OwnedNetwork>();
  readonly #subnets = new Map<string, Answered<'subnet'>>();
  readonly #ports = new Map<string, DrawnPort>();
  readonly #routers = new Map<string, { readonly name: string; readonly networks: Set<string> }>();
  readonly #instances: { name: string; portIds: readonly string[]; place: UnusualPlace | undefined }[] = [];

  /** For what a tenant makes; without a name, an administrator. */
  of(tenant?: string): TenantRecord {
    return {
      made: (name, resource, wish) => this.#made(name, resource, wish, tenant),
      attached: (routerId, subnet) => this.#routers.get(routerId)?.networks.add(subnet.network_id),
    };
  }

  #made<N extends ResourceName>(kind: N, resource: Answered<N>, wish: Create<N>, tenant?: string): void {
    const made = { [kind]: resource } as Partial<{ [K in ResourceName]: Answered<K> }>;
    const { name = '' }: { name?: string } = wish;
    const { network, subnet, port, router } = made;
    if (network) this.#networks.set(network.id, { network, name, tenant });
    if (subnet) this.#subnets.set(subnet.id, subnet);
    if (port) this.port(port);
    if (router) this.#routers.set(router.id, { name, networks: new Set() });
  }

  /** A port that instances are plugged into, in the API or outside. */
  port(port: DrawnPort): void {
    this.#ports.set(port.id, port);
  }

  /** An instance has been plugged into ports, in the order of its devices. */
  instance(name: string, portIds: readonly string[], place?: UnusualPlace): void {
    this.#instances.push({ name, portIds, place });
  }

  /** All of it; undefined as long as there is no network. */
  get topology(): Topology | undefined {
    if (this.#networks.size === 0) return undefined;
    const positions = new Map(Array.from(this.#networks.keys(), (id, index) => [id, index] as const));
    const positionOf = (networkId: string): number[] => {
      const position = positions.get(networkId);
      return position === undefined ? [] : [position];
    };
    return {
      networks: Array.from(this.#networks.values(), (owned) => this.#draw(owned)),
      routers: Array.from(this.#routers.values(), ({ name, networks }) => ({
        name,
        networks: [...networks].flatMap(positionOf),
      })),
      instances: this.#instances.map(({ name, portIds, place }) => ({
        name,
        ...(place !== undefined && { place }),
        interfaces: portIds.flatMap((id) => {
          const { network_id, fixed_ips } = this.#ports.get(id) ?? { network_id: '', fixed_ips: [] };
          const addresses = fixed_ips.flatMap(({ ip_address }) => ip_address ?? []);
          return positionOf(network_id).map((network) => ({ network, addresses }));
        }),
      })),
    };
  }

  #draw({ network, name, tenant }: OwnedNetwork): DrawnNetwork {
    const kind = kindOf(network);
    const subnets = [...this.#subnets.values()].filter(({ network_id }) => network_id === network.id);
    return {
      name,
      ...(tenant !== undefined && { tenant }),
      ...(kind !== undefined && { kind }),
      subnets: subnets.map(({ cidr, ipv6_address_mode: mode }) => (mode ? `${cidr} ${mode}` : cidr)),
    };
  }
}

/** Members do not see what a network travels on, so that most say nothing. */
function kindOf(network: Answered<'network'>): string | undefined {
  const { 'provider:network_type': type, 'provider:segmentation_id': segment } = network;
  if (!type) return undefined;
  return [type.length <= 4 ? type.toUpperCase() : type, segment].filter((part) => part != null).join(' ');
}
