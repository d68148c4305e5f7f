/** A project that a use case plays: what it makes by the API is removed when the trial ends. */
import type { Answered, Capabilities, Create, NeutronClient, ResourceName } from '../../client/index.ts';
import { NeutronApiError } from '../../client/index.ts';
import type { Belongings } from './belongings.ts';
import type { TenantRecord } from './topology.ts';
import { UntriableError } from './untriable-error.ts';

/** Where a new network's packets travel. */
export type Carrier = 'tenant' | 'vlan' | 'vxlan' | 'gre';

/** Where VLAN networks are when the switch does not say. */
export const PHYSICAL_NETWORK = 'physnet1';

/** The project that a tenant is, and how it acts there. */
export interface TenantAccess {
  readonly projectId: string;
  /** Acts as a member of the project. */
  readonly client: NeutronClient;
  /** May make networks of any type for the project, and remove its default security group. */
  readonly admin: NeutronClient;
  readonly capabilities: Capabilities;
  /** The physical network that VLAN networks are on. */
  readonly physicalNetwork: string;
  /** By which its resources are known: their names begin with it, and where the API is slow to forget it is their tag. */
  readonly mark: Mark;
  /** Whether others play the same project at the same time: then nothing is removed there but what it made itself. */
  readonly isShared: boolean;
}

export class Tenant {
  readonly #access: TenantAccess;
  readonly #belongings: Belongings;
  readonly #groups = new Set<string>();
  readonly #record: TenantRecord | undefined;
  #open: Promise<Answered<'security_group'>> | undefined;

  /** @param record takes down what is made */
  constructor(access: TenantAccess, belongings: Belongings, record?: TenantRecord) {
    this.#access = access;
    this.#belongings = belongings;
    this.#record = record;
    if (!access.isShared) belongings.removeLater(async () => access.client.close());
    // Ports keep the groups that they are in: these are the last to go.
    belongings.removeLater(() => this.#removeGroups());
  }

  get projectId(): string {
    return this.#access.projectId;
  }

  /** Acts as a member of the project. */
  get client(): NeutronClient {
    return this.#access.client;
  }

  /** What a resource of its is called, however it is made. */
  nameOf(name: string): string {
    return `${this.#access.mark.prefix}${name}`;
  }

  async #removeGroups(): Promise<void> {
    const { admin, projectId, isShared, client } = this.#access;
    for (const id of this.#groups) await ignoringGone(() => client.delete('security_group', id));
    if (!isShared) await removeSecurityGroups(admin, projectId);
  }

  /**
   * @param carrier `vlan` takes a free VLAN of the physical network; `tenant` is what the cloud gives its tenants
   * @throws UntriableError when the cloud has no such networks, or they are not for us
   */
  async network(
    name: string,
    carrier: Carrier = 'tenant',
    wish: Partial<Create<'network'>> = {},
  ): Promise<Answered<'network'>> {
    if (carrier === 'tenant') return this.make('network', { name, ...wish });
    const made = await this.#belongings.make(
      () => this.#provided(name, carrier, wish),
      ({ id }) => ignoringGone(() => this.client.delete('network', id)),
    );
    await this.#tag('network', made.id, this.#access.admin);
    this.#record?.made('network', made, { name, ...wish });
    return made;
  }

  async #provided(
    name: string,
    type: Exclude<Carrier, 'tenant'>,
    wish: Partial<Create<'network'>>,
  ): Promise<Answered<'network'>> {
    const { admin, physicalNetwork } = this.#access;
    const provided = {
      project_id: this.projectId,
      'provider:network_type': type,
      ...(type === 'vlan' && { 'provider:physical_network': physicalNetwork }),
    } as const;
    try {
      return await this.#create('network', { name, ...provided, ...wish }, admin);
    } catch (error) {
      if (!(error instanceof NeutronApiError)) throw error;
      const where = type === 'vlan' ? ` on ${physicalNetwork}` : '';
      throw new UntriableError(`No ${type} network${where} can be made: ${error.message}`);
    }
  }

  /** An IPv6 subnet; with `mode`, it is both ipv6_ra_mode and ipv6_address_mode. */
  subnet6(
    network: Answered<'network'>,
    cidr: string,
    mode?: 'slaac' | 'dhcpv6-stateful' | 'dhcpv6-stateless',
    wish: Partial<Create<'subnet'>> = {},
  ): Promise<Answered<'subnet'>> {
    const modes = mode === undefined ? {} : { ipv6_ra_mode: mode, ipv6_address_mode: mode };
    return this.make('subnet', { network_id: network.id, ip_version: 6, cidr, ...modes, ...wish });
  }

  subnet4(
    network: Answered<'network'>,
    cidr: string,
    wish: Partial<Create<'subnet'>> = {},
  ): Promise<Answered<'subnet'>> {
    return this.make('subnet', { network_id: network.id, ip_version: 4, cidr, ...wish });
  }

  /** A router with an interface on each of the subnets. */
  async router(name: string, subnets: readonly Answered<'subnet'>[]): Promise<Answered<'router'>> {
    const router = await this.make('router', { name });
    for (const subnet of subnets) await this.attach(router, subnet);
    return router;
  }

  async attach(router: Answered<'router'>, subnet: Answered<'subnet'>): Promise<void> {
    await this.#belongings.make(
      () => this.client.addRouterInterface(router.id, { subnet_id: subnet.id }),
      () => this.#detach(router, { subnet_id: subnet.id }),
    );
    this.#record?.attached(router.id, subnet);
  }

  /** Makes a port a router's. It is detached as it was attached: Neutron may refuse to take its subnets away singly. */
  async attachPort(router: Answered<'router'>, { id: portId }: Answered<'port'>): Promise<void> {
    await this.#belongings.make(
      () => this.client.addRouterInterface(router.id, { port_id: portId }),
      () => this.#detach(router, { port_id: portId }),
    );
  }

  /** Sees to it that a subnet, attached by whatever way, is detached. */
  detachLater(router: Answered<'router'>, subnet: Answered<'subnet'>): void {
    this.#belongings.removeLater(() => this.#detach(router, { subnet_id: subnet.id }));
  }

  #detach(router: Answered<'router'>, what: { subnet_id: string } | { port_id: string }): Promise<void> {
    return ignoringGone(async () => {
      await this.client.removeRouterInterface(router.id, what);
    });
  }

  /** A port; in a group that lets everything through, unless the wish names groups: most use cases are about else. */
  async port(network: Answered<'network'>, wish: Partial<Create<'port'>> = {}): Promise<Answered<'port'>> {
    const groups = wish.security_groups ?? [(await this.#openGroup()).id];
    return this.make('port', { network_id: network.id, ...wish, security_groups: groups });
  }

  #openGroup(): Promise<Answered<'security_group'>> {
    this.#open ??= this.securityGroup('open', [{ ethertype: 'IPv6' }, { ethertype: 'IPv4' }]);
    return this.#open;
  }

  /** A group that lets everything out, and in what the rules say. */
  async securityGroup(name: string, rules: readonly Rule[]): Promise<Answered<'security_group'>> {
    const group = await this.make('security_group', { name });
    for (const rule of rules) await this.allow(group, rule);
    return group;
  }

  /** Adds a rule to a group; for ingress over IPv6, unless it says otherwise. */
  allow(group: Answered<'security_group'>, rule: Rule): Promise<Answered<'security_group_rule'>> {
    return this.#create('security_group_rule', {
      security_group_id: group.id,
      direction: 'ingress',
      ethertype: 'IPv6',
      ...rule,
    });
  }

  /** Makes any resource. */
  async make<N extends ResourceName>(name: N, wish: Create<N>): Promise<Answered<N>> {
    const made = await this.#belongings.make(
      () => this.#create(name, wish),
      async ({ id }) => {
        if (name === 'security_group') this.#groups.add(id);
        else await ignoringGone(() => this.client.delete(name, id));
      },
    );
    await this.#tag(name, made.id);
    this.#record?.made(name, made, wish);
    return made;
  }

  async #create<N extends ResourceName>(name: N, wish: Create<N>, by = this.client): Promise<Answered<N>> {
    const { capabilities } = this.#access;
    const named: { name?: string } = { ...wish };
    if (capabilities.has(`${name}.name`)) named.name = this.nameOf(named.name ?? '');
    return by.create(name, capabilities.fit(name, named as Create<N>, this.projectId));
  }

  /** By itself, once it is sure that what is tagged is removed. */
  async #tag(name: ResourceName, id: string, by = this.client): Promise<void> {
    const { tag } = this.#access.mark;
    if (tag !== undefined && TAGGED.has(name)) await by.setTags(name, id, [tag]);
  }

  /** Sees to it that a resource, made by whatever way, is removed. */
  removeLater(name: ResourceName, id: string): void {
    this.#belongings.removeLater(() => ignoringGone(() => this.client.delete(name, id)));
  }
}

/** How what a run makes is known again: by a prefix of its name, and a tag. */
export interface Mark {
  readonly prefix: string;
  readonly tag?: string | undefined;
}

/** What Neutron lets have tags. */
const TAGGED: ReadonlySet<ResourceName> = new Set(['network', 'subnet', 'port', 'router', 'security_group']);

/** Removes a project's security groups, also the default one that the service made by itself. */
export async function removeSecurityGroups(admin: NeutronClient, projectId: string): Promise<void> {
  const groups = await admin.list('security_group', { project_id: projectId });
  for (const { id } of groups) await ignoringGone(() => admin.delete('security_group', id));
}

/** What a security group rule says beyond its group. */
export type Rule = Omit<Partial<Create<'security_group_rule'>>, 'security_group_id'>;

/** Removes what may have been removed already, by the use case or together with something else. */
export async function ignoringGone(remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!(error instanceof NeutronApiError && error.status === 404)) throw error;
  }
}
