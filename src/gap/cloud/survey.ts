/** Looks at a cloud before anything is made there: what it can do, who we are, and what a run would make. */
import {
  type Capabilities,
  type Cloud as CloudEntry,
  NeutronApiError,
  type NeutronClient,
  probeCapabilities,
} from '../../client/index.ts';

/** A role by which somebody is an administrator, as Keystone and Neutron have it unless told otherwise. */
const ADMIN = 'admin';

/**
 * - `nobody`: the API asks for no identity, and everybody is an administrator.
 * - `admin`: makes projects and users.
 * - `member`: has the project, or two, that clouds.yaml names.
 */
export type Rights = 'nobody' | 'admin' | 'member';

export interface Survey {
  /** URL of the network service. */
  readonly endpoint: string;
  readonly capabilities: Capabilities;
  readonly rights: Rights;
  /** Who acts. */
  readonly client: NeutronClient;
}

/**
 * Looks; nothing is made.
 * @param client of the cloud
 * @param entry where it is of clouds.yaml
 * @throws NoAnswerError, and NeutronApiError when we may not even look
 */
export async function surveyCloud(client: NeutronClient, entry: CloudEntry | undefined): Promise<Survey> {
  const { endpoint, holder } = await client.whereabouts();
  const capabilities = await probeCapabilities(client);
  const rights =
    entry?.access.type !== 'keystone' ? 'nobody' : holder?.roles.includes(ADMIN) ? 'admin' : 'member';
  return { endpoint, capabilities, rights, client };
}

/** At most so many are there at once: those of the largest use cases, which end together. */
const AT_ONCE = {
  network: 24,
  subnet: 40,
  port: 150,
  router: 16,
  security_group: 60,
  security_group_rule: 250,
} as const;

/** What a run will make, a sentence each, for whoever has to agree. */
export function planOf(
  { endpoint, rights }: Pick<Survey, 'endpoint' | 'rights'>,
  other: string | undefined,
): string[] {
  const counts = Object.entries(AT_ONCE).map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}s`);
  const where = {
    nobody: 'in projects that are mere names',
    admin: 'in two projects with a user each, which it makes and removes as well',
    member: other === undefined ? 'in your project' : 'in your two projects',
  };
  return [
    `In the cloud at ${endpoint} this makes, ${where[rights]}, at most at once: ${counts.join(', ')}.`,
    'All of it has a name that begins with sextant-gap-, and is removed in the end.',
    'What a run that is killed leaves is removed by: sextant gap clean.',
    ...(rights === 'member' ? ["Without an administrator's rights there are no VLAN networks."] : []),
    ...(rights === 'member' && other === undefined
      ? ['With one project nobody can be somebody else: name another by --other-cloud.']
      : []),
    ...(rights === 'nobody'
      ? ['Without users the API does not tell projects apart: that is not tried.']
      : []),
  ];
}

/** What a project has no room for that a whole run may need, a sentence each; none where quotas are not told. */
export async function tightQuotas(client: NeutronClient, projectId: string): Promise<string[]> {
  const room = await roomOf(client, projectId);
  return Object.entries(AT_ONCE).flatMap(([name, needed]) => {
    const left = room.get(name) ?? needed;
    if (left >= needed) return [];
    return [
      `Project ${projectId} has room for ${left} ${name.replaceAll('_', ' ')}s, and ${needed} may be needed: what does not fit is unverified.`,
    ];
  });
}

interface QuotaDetails {
  readonly limit: number;
  readonly used: number;
  readonly reserved: number;
}

/** How much of each resource a project may still have; where it is not told what there is, as if there were nothing. */
async function roomOf(client: NeutronClient, projectId: string): Promise<ReadonlyMap<string, number>> {
  const details = await quotaAt<QuotaDetails>(client, `${projectId}/details.json`);
  const all = details ?? (await quotaAt<number>(client, projectId)) ?? {};
  const ended = Object.entries(all).flatMap(([name, quota]): [string, number][] => {
    const { limit, used, reserved } =
      typeof quota === 'number' ? { limit: quota, used: 0, reserved: 0 } : quota;
    return limit < 0 ? [] : [[name, Math.max(0, limit - used - reserved)]];
  });
  return new Map(ended);
}

/** The answer; undefined where there is none for us. */
async function quotaAt<T>(
  client: NeutronClient,
  path: string,
): Promise<Readonly<Record<string, T>> | undefined> {
  try {
    const answer = await client.request('GET', `/v2.0/quotas/${path}`);
    return (answer as { quota?: Record<string, T> }).quota;
  } catch (error) {
    if (error instanceof NeutronApiError) return undefined;
    throw error;
  }
}

/** Milliseconds that a network takes to come and go where nothing is slow, and how slow we believe that anything is. */
const USUAL_MS = 1_000;
const LONGEST = 10;
const AT_A_TIME = 3;

/** One patience for a whole run. */
export async function measurePatience(
  client: NeutronClient,
  { capabilities }: Pick<Survey, 'capabilities'>,
  name: string,
  projectId: string,
): Promise<number> {
  const comeAndGo = async (): Promise<number> => {
    const began = performance.now();
    const { id } = await client.create('network', capabilities.fit('network', { name }, projectId));
    await client.delete('network', id);
    return performance.now() - began;
  };
  // The first request of a kind may be slow alone; then several at once, as use cases run: the second slowest tells, as
  // one may be slow for a reason that passes.
  await comeAndGo();
  const times = await Promise.all(Array.from({ length: AT_A_TIME }, comeAndGo));
  return patienceFor(times.toSorted((one, other) => other - one)[1]!);
}

/** Between 1 and 10, in whole steps. */
export const patienceFor = (milliseconds: number): number =>
  Math.min(LONGEST, Math.max(1, Math.ceil(milliseconds / USUAL_MS)));
