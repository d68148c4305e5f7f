/** Resources by name or id. */

import { NeutronApiError, type NeutronClient } from '../../client/index.ts';
import { type Definition, definitions, type ResourceName } from '../../resources/definitions.ts';
import { CommandFailure, UsageError } from '../errors.ts';
import type { NameLookup } from './flag.ts';

/** A resource as it came, whatever attributes the server gave it. */
export type Item = Readonly<Record<string, unknown>> & { readonly id: string };

const UUID_FORM = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The resource's title within a sentence: `security group`. */
export const titleOf = (resource: ResourceName): string => definitions[resource].title.toLowerCase();

/** The words of a resource's commands: `security group rule`. */
export function wordsOf(resource: ResourceName): string {
  const { command }: Definition = definitions[resource];
  return command ?? resource.replaceAll('_', ' ');
}

export class ClientLookup implements NameLookup {
  readonly #client: NeutronClient;
  readonly #projectId: string | undefined;

  /** @param projectId decides between resources of several projects that have the same name */
  constructor(client: NeutronClient, projectId: string | undefined) {
    this.#client = client;
    this.#projectId = projectId;
  }

  async idOf(resource: ResourceName, nameOrId: string): Promise<string> {
    return (await this.find(resource, nameOrId)).id;
  }

  /** @throws CommandFailure when there is none, or more than one of that name */
  async find(resource: ResourceName, nameOrId: string): Promise<Item> {
    if (nameOrId === '') throw new UsageError(`The name of the ${titleOf(resource)} is empty.`);
    const byId = UUID_FORM.test(nameOrId) ? await this.#byId(resource, nameOrId) : undefined;
    if (byId !== undefined) return byId;
    const { attributes, nameAttribute = 'name' }: Definition = definitions[resource];
    const named: Item[] =
      nameAttribute in attributes ? await this.#client.list(resource, { [nameAttribute]: nameOrId }) : [];
    // A server that does not know the filter answers with all there are.
    const found = named.filter((item) => item[nameAttribute] === nameOrId);
    if (found.length > 1) return this.#decide(resource, nameOrId, found);
    const [only] = found;
    if (only !== undefined) return only;
    throw new CommandFailure(
      `There is no ${titleOf(resource)} ${nameOrId}. "sextant ${wordsOf(resource)} list" shows those there are.`,
    );
  }

  async #byId(resource: ResourceName, id: string): Promise<Item | undefined> {
    try {
      return await this.#client.show(resource, id);
    } catch (error) {
      if (error instanceof NeutronApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  #decide(resource: ResourceName, name: string, found: readonly Item[]): Item {
    const own = found.filter(({ project_id }) => project_id === this.#projectId);
    const [only] = own;
    if (only !== undefined && own.length === 1) return only;
    const ids = found.map(({ id, project_id }) => `  ${id}  project ${project_id ?? 'unknown'}`);
    throw new CommandFailure(
      `${found.length} ${titleOf(resource)}s are called ${name}: say which one by its id.\n${ids.join('\n')}`,
    );
  }
}
