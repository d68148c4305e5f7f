/** Removes what runs of the gap analysis left in a cloud, also on another machine: all that has their names. */
import {
  type Answered,
  type Cloud as CloudEntry,
  ComputeClient,
  IdentityClient,
  KeystoneError,
  NeutronApiError,
  type NeutronClient,
  type ResourceName,
} from '../../client/index.ts';
import { NAME_PREFIX } from '../kit/index.ts';
import { removeServer } from '../servers/carrying-server.ts';
import { isGone } from './projects.ts';

/** In the order in which nothing needs what was removed before. */
const KINDS = ['log', 'port', 'router', 'network', 'security_group', 'address_group'] as const;
type Kind = (typeof KINDS)[number];

/** What a run left: `network sextant-gap-1a2b3c-red`. */
export interface Leftover {
  readonly kind: Kind | 'server' | 'floating_ip' | 'user' | 'project';
  readonly id: string;
  readonly name: string;
}

/**
 * What is there that has the names of runs.
 * @param run of this one alone
 * @param entry where an identity service may have projects and users of runs
 */
export async function findLeftovers(
  client: NeutronClient,
  entry: CloudEntry | undefined,
  run?: string,
): Promise<Leftover[]> {
  const prefix = run === undefined ? NAME_PREFIX : `${NAME_PREFIX}${run}-`;
  const found: Leftover[] = [];
  const compute = computeOf(entry);
  try {
    // Their ports and networks go after them.
    for (const { id, name } of (await compute?.serversNamed(prefix)) ?? [])
      found.push({ kind: 'server', id, name });
  } catch (error) {
    // A cloud without a compute service has none.
    if (!(error instanceof KeystoneError)) throw error;
  } finally {
    compute?.close();
  }
  for (const { id, description } of await floatingIps(client)) {
    if (description?.startsWith(prefix)) found.push({ kind: 'floating_ip', id, name: description });
  }
  for (const kind of KINDS) {
    for (const { id, name } of await listIfThere(client, kind)) {
      if (name.startsWith(prefix)) found.push({ kind, id, name });
    }
  }
  if (entry?.access.type !== 'keystone') return found;
  const identity = IdentityClient.ofCloud(entry);
  try {
    for (const kind of ['user', 'project'] as const) {
      for (const { id, name } of await listOrNone(identity, kind)) {
        if (name.startsWith(prefix)) found.push({ kind, id, name });
      }
    }
  } finally {
    identity.close();
  }
  return found;
}

/**
 * Removes them.
 * @returns those that could not be removed, with the reason
 */
export async function removeLeftovers(
  client: NeutronClient,
  entry: CloudEntry | undefined,
  leftovers: readonly Leftover[],
): Promise<{ readonly leftover: Leftover; readonly reason: string }[]> {
  const identity = entry?.access.type === 'keystone' ? IdentityClient.ofCloud(entry) : undefined;
  const compute = computeOf(entry);
  const failed: { leftover: Leftover; reason: string }[] = [];
  for (const leftover of leftovers) {
    try {
      await remove({ client, identity, compute }, leftover);
    } catch (error) {
      if (!isGone(error))
        failed.push({ leftover, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  identity?.close();
  compute?.close();
  return failed;
}

/** The services of a cloud that leftovers may be in. */
interface Services {
  readonly client: NeutronClient;
  readonly identity: IdentityClient | undefined;
  readonly compute: ComputeClient | undefined;
}

const computeOf = (entry: CloudEntry | undefined): ComputeClient | undefined =>
  entry?.access.type === 'keystone' ? ComputeClient.ofCloud(entry) : undefined;

async function remove({ client, identity, compute }: Services, { kind, id }: Leftover): Promise<void> {
  switch (kind) {
    case 'server':
      return compute && removeServer(compute, id);
    case 'floating_ip':
      await client.request('DELETE', `/v2.0/floatingips/${id}`);
      return;
    case 'user':
      return identity?.delete(kind, id);
    case 'project':
      for (const group of await client.list('security_group', { project_id: id })) {
        await client.delete('security_group', group.id);
      }
      await client.request('DELETE', `/v2.0/quotas/${id}`);
      return identity?.delete(kind, id);
    case 'router':
      for (const { id: port_id } of await client.list('port', { device_id: id })) {
        await client.removeRouterInterface(id, { port_id });
      }
      return client.delete(kind, id);
    case 'port':
      return removePort(client, id);
    default:
      return client.delete(kind, id);
  }
}

/** One that a router has goes with the router. */
async function removePort(client: NeutronClient, id: string): Promise<void> {
  const { device_owner } = await client.show('port', id);
  if (!device_owner.startsWith('network:')) await client.delete('port', id);
}

async function listIfThere<K extends Kind>(client: NeutronClient, kind: K): Promise<NamedItem[]> {
  try {
    return (await client.list(kind as ResourceName)) as NamedItem[];
  } catch (error) {
    if (isGone(error) || (error instanceof NeutronApiError && error.status === 403)) return [];
    throw error;
  }
}

interface FoundFloatingIp {
  readonly id: string;
  readonly description?: string;
}

/** None where the API has no such thing. */
async function floatingIps(client: NeutronClient): Promise<FoundFloatingIp[]> {
  try {
    const answer = (await client.request('GET', '/v2.0/floatingips')) as { floatingips?: FoundFloatingIp[] };
    return answer.floatingips ?? [];
  } catch (error) {
    if (error instanceof NeutronApiError) return [];
    throw error;
  }
}

type NamedItem = Pick<Answered<'network'>, 'id' | 'name'>;

/** A member may not list users. */
async function listOrNone(identity: IdentityClient, kind: 'user' | 'project'): Promise<NamedItem[]> {
  try {
    return await identity.list(kind);
  } catch (error) {
    if (error instanceof NeutronApiError && error.status === 403) return [];
    throw error;
  }
}
