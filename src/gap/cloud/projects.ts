/** The projects that a run plays: made by an administrator and removed again, or those that are there. */
import { randomBytes } from 'node:crypto';
import {
  type Cloud as CloudEntry,
  cloudAs,
  IdentityClient,
  loadCloud,
  NeutronApiError,
  NeutronClient,
} from '../../client/index.ts';
import { withPatience } from '../../lab/index.ts';
import { NAME_PREFIX, type Project } from '../kit/index.ts';

/** How long a cloud may take over an answer, in milliseconds: one that gives none is not waited for all day. */
export const answerMs = (): number => withPatience(120_000);
/** What is made says where it comes from. */
const DESCRIPTION = 'Made by sextant gap, which removes it.';
/** Of what a project may have as much as it takes. */
const UNLIMITED = Object.fromEntries(
  ['network', 'subnet', 'port', 'router', 'security_group', 'security_group_rule'].map((name) => [name, -1]),
);

/** Projects, and what ends them. */
export interface Projects extends AsyncDisposable {
  readonly list: readonly [Project, Project?];
}

/**
 * Two projects with a user each, made with an administrator's rights and without quotas.
 * @throws NeutronApiError, and KeystoneError; then nothing is left
 */
export async function makeProjects(entry: CloudEntry, admin: NeutronClient, run: string): Promise<Projects> {
  const removals = new AsyncDisposableStack();
  const identity = IdentityClient.ofCloud(entry);
  removals.defer(async () => identity.close());
  const make = async (name: string): Promise<Project> => {
    const full = `${NAME_PREFIX}${run}-${name}`;
    const project = await identity.createProject(full, DESCRIPTION);
    removals.defer(() => identity.delete('project', project.id));
    const password = randomBytes(24).toString('base64url');
    const user = await identity.createUser(full, password, DESCRIPTION);
    removals.defer(() => identity.delete('user', user.id));
    await identity.addMember(project.id, user.id);
    await admin.request('PUT', `/v2.0/quotas/${project.id}`, { body: { quota: UNLIMITED } });
    removals.defer(() => forgetProject(admin, project.id));
    const as = { userId: user.id, password, projectId: project.id };
    const own = cloudAs(entry, as);
    const client = NeutronClient.ofCloud(own, { timeoutMs: answerMs });
    removals.defer(async () => client.close());
    return { id: project.id, client, environment: environmentOf(own, as), entry: own };
  };
  try {
    const list = [await make('red'), await make('blue')] as const;
    return { list, [Symbol.asyncDispose]: () => removals.disposeAsync() };
  } catch (error) {
    await removals.disposeAsync();
    throw error;
  }
}

/** What the network service keeps of a project: its quotas, and a security group that nobody made. */
async function forgetProject(admin: NeutronClient, projectId: string): Promise<void> {
  await admin.request('DELETE', `/v2.0/quotas/${projectId}`);
  for (const { id } of await admin.list('security_group', { project_id: projectId })) {
    await admin.delete('security_group', id);
  }
}

/** The projects of clouds.yaml: that of the first entry, and of the other. */
export async function givenProjects(
  first: { readonly name: string; readonly client: NeutronClient },
  other: string | undefined,
): Promise<Projects> {
  const own = await projectOf(first.client, first.name);
  if (other === undefined) return { list: [own], [Symbol.asyncDispose]: async () => {} };
  const client = NeutronClient.ofCloud(other, { timeoutMs: answerMs });
  return {
    list: [own, await projectOf(client, other)],
    [Symbol.asyncDispose]: async () => client.close(),
  };
}

async function projectOf(client: NeutronClient, cloud: string): Promise<Project> {
  const { holder } = await client.whereabouts();
  const { OS_CLIENT_CONFIG_FILE: file } = process.env;
  const environment = { OS_CLOUD: cloud, ...(file && { OS_CLIENT_CONFIG_FILE: file }) };
  return { id: holder?.projectId ?? '', client, environment, entry: loadCloud(cloud) };
}

function environmentOf(
  { access, tls }: CloudEntry,
  { userId, password, projectId }: { userId: string; password: string; projectId: string },
): Record<string, string> {
  if (access.type !== 'keystone') return {};
  const { authUrl, region, interface: kind, endpoint } = access.options;
  return {
    OS_AUTH_TYPE: 'password',
    OS_AUTH_URL: authUrl,
    OS_IDENTITY_API_VERSION: '3',
    OS_USER_ID: userId,
    OS_PASSWORD: password,
    OS_PROJECT_ID: projectId,
    OS_INTERFACE: kind,
    ...(region !== undefined && { OS_REGION_NAME: region }),
    ...(endpoint !== undefined && { OS_NETWORK_ENDPOINT_OVERRIDE: endpoint }),
    ...(tls.verify === false && { OS_INSECURE: 'true' }),
  };
}

/** Whether an error says that something is gone already. */
export const isGone = (error: unknown): boolean => error instanceof NeutronApiError && error.status === 404;
