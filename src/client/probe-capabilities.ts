/**
 * Finds out what an API can do without making anything: every request names an attribute that no API has, and is refused
 * for that.
 */
import { definitions } from '../resources/definitions.ts';
import { type ApiFacts, Capabilities, unrecognised } from './capabilities.ts';
import { NeutronApiError } from './error.ts';
import type { NeutronClient } from './neutron-client.ts';
import type { ResourceName } from './resource-types.ts';

/** No API knows it. */
const NONSENSE = 'no_such_attribute_of_any';
const STATUS = { badRequest: 400, forbidden: 403, notFound: 404 } as const;

/** Neutron says so of requests that do not name a project, where it authenticates nobody. */
const OWNER_WANTED = /requires that (?:tenant|project)_id/;

/**
 * What the API can do. A resource whose POST is answered in another way than Neutron's is taken to have all that the
 * client knows.
 * @throws NoAnswerError, and NeutronApiError when not even networks can be asked for
 */
export async function probeCapabilities(client: NeutronClient): Promise<Capabilities> {
  const owner = await ownerKey(client);
  const absent = new Set<ResourceName>();
  const refused = new Map<ResourceName, ReadonlySet<string>>();
  for (const name of Object.keys(definitions) as ResourceName[]) {
    const unknown = await probe(client, name, owner);
    if (unknown === 'absent') absent.add(name);
    else refused.set(name, unknown);
  }
  return new Capabilities({ absent, refused, owner });
}

async function ownerKey(client: NeutronClient): Promise<ApiFacts['owner']> {
  const { message } = await refusal(client, 'network', { [NONSENSE]: 1 });
  if (!OWNER_WANTED.test(message)) return undefined;
  const { message: second } = await refusal(client, 'network', { [NONSENSE]: 1, project_id: 'nobody' });
  return OWNER_WANTED.test(second) ? 'tenant_id' : 'project_id';
}

async function probe(
  client: NeutronClient,
  name: ResourceName,
  owner: ApiFacts['owner'],
): Promise<ReadonlySet<string> | 'absent'> {
  const { attributes, path } = definitions[name];
  try {
    await client.request('GET', `/v2.0/${path}`, { query: { limit: 1 } });
  } catch (error) {
    if (error instanceof NeutronApiError && error.status === STATUS.notFound) return 'absent';
    if (!(error instanceof NeutronApiError && error.status === STATUS.forbidden)) throw error;
  }
  const all = Object.entries(attributes)
    .filter(([, attribute]) => 'create' in attribute)
    .map(([attribute]) => [attribute, null]);
  const body = { ...Object.fromEntries(all), [NONSENSE]: 1, ...(owner && { [owner]: 'nobody' }) };
  const { message } = await refusal(client, name, body);
  const unknown = unrecognised(message);
  return unknown?.has(NONSENSE) ? unknown : new Set();
}

/** How a POST is refused. */
async function refusal(
  client: NeutronClient,
  name: ResourceName,
  body: object,
): Promise<{ message: string }> {
  try {
    await client.request('POST', `/v2.0/${definitions[name].path}`, { body: { [name]: body } });
  } catch (error) {
    if (error instanceof NeutronApiError) return error;
    throw error;
  }
  throw new NeutronApiError(
    `POST ${name}`,
    STATUS.badRequest,
    'NotNeutron',
    `The API took a ${name} with an attribute that there is not.`,
  );
}
