/** How servers of a run are reached from here: each has a port on a network that this machine gets to. */
import { Address } from '../../addressing/index.ts';
import type { Answered, Capabilities, NeutronClient } from '../../client/index.ts';
import { FAR_END_PORT } from '../../lab/index.ts';
import { NAME_PREFIX } from '../kit/index.ts';

/** Whose servers are to be reached, and what of the API it takes. */
export interface ReachingProject {
  readonly id: string;
  readonly client: NeutronClient;
}

/** A port that a server has for this. */
export interface ReachablePort {
  readonly portId: string;
  /** Where it is reached from here, one or the other. */
  readonly addresses: readonly Address[];
}

/** There is no network of that name, or it leads nowhere. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/**
 * The network of this name or id.
 * @throws UnreachableError that names those that may do
 */
export async function findReach(client: NeutronClient, wish: string): Promise<Answered<'network'>> {
  const networks = await client.list('network');
  const found = networks.find(({ id, name }) => id === wish || name === wish);
  if (found !== undefined) return found;
  const others = networks.filter((one) => one.shared || isExternal(one)).map(({ name }) => name);
  throw new UnreachableError(
    `There is no network ${wish}. Shared or external are: ${others.join(', ') || 'none'}.`,
  );
}

const isExternal = (network: Answered<'network'>): boolean => network['router:external'] === true;

/**
 * Makes a port by which a server is reached: on the network itself or, where that is external, by a floating IP.
 * @param removals gets what removes it all
 * @throws NeutronApiError
 */
export async function makeReachable(
  { id: projectId, client }: ReachingProject,
  reach: Answered<'network'>,
  capabilities: Capabilities,
  run: string,
  removals: AsyncDisposableStack,
): Promise<ReachablePort> {
  const name = `${NAME_PREFIX}${run}-reach`;
  const group = await client.create(
    'security_group',
    capabilities.fit('security_group', { name }, projectId),
  );
  removals.defer(() => client.delete('security_group', group.id));
  for (const ethertype of ['IPv4', 'IPv6'] as const) {
    const rule = {
      security_group_id: group.id,
      direction: 'ingress',
      ethertype,
      protocol: 'tcp',
      port_range_min: FAR_END_PORT,
      port_range_max: FAR_END_PORT,
    } as const;
    await client.create('security_group_rule', capabilities.fit('security_group_rule', rule, projectId));
  }
  const networkId = isExternal(reach) ? await behindRouter(client, reach, name, removals) : reach.id;
  const port = await client.create(
    'port',
    capabilities.fit('port', { name, network_id: networkId, security_groups: [group.id] }, projectId),
  );
  removals.defer(() => client.delete('port', port.id));
  const addresses = isExternal(reach)
    ? [await floatingIp(client, reach, port.id, name, removals)]
    : port.fixed_ips.flatMap(({ ip_address }) => (ip_address ? [Address.parse(ip_address)] : []));
  return { portId: port.id, addresses };
}

/** Nobody else sees it: it may be anything. */
const INNER_PREFIX = '10.253.0.0/24';

/** A network with a router to the external one; gives its id. */
async function behindRouter(
  client: NeutronClient,
  external: Answered<'network'>,
  name: string,
  removals: AsyncDisposableStack,
): Promise<string> {
  const network = await client.create('network', { name });
  removals.defer(() => client.delete('network', network.id));
  const subnet = await client.create('subnet', {
    network_id: network.id,
    name,
    ip_version: 4,
    cidr: INNER_PREFIX,
  });
  const router = await client.create('router', {
    name,
    external_gateway_info: { network_id: external.id },
  });
  removals.defer(() => client.delete('router', router.id));
  await client.addRouterInterface(router.id, { subnet_id: subnet.id });
  removals.defer(async () => {
    await client.removeRouterInterface(router.id, { subnet_id: subnet.id });
  });
  return network.id;
}

async function floatingIp(
  client: NeutronClient,
  external: Answered<'network'>,
  portId: string,
  name: string,
  removals: AsyncDisposableStack,
): Promise<Address> {
  const answer = (await client.request('POST', '/v2.0/floatingips', {
    body: { floatingip: { floating_network_id: external.id, port_id: portId, description: name } },
  })) as { floatingip: { id: string; floating_ip_address: string } };
  const { id, floating_ip_address } = answer.floatingip;
  removals.defer(async () => {
    await client.request('DELETE', `/v2.0/floatingips/${id}`);
  });
  return Address.parse(floating_ip_address);
}
