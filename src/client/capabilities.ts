/** What an API can do: resources, attributes, and whether it knows who asks. Pure. */
import { type Attribute, definitions } from '../resources/definitions.ts';
import type { Create, ResourceName } from './resource-types.ts';

/** A resource, or an attribute that its POST takes: `address_group`, `port.address_policy`. */
export type Need = ResourceName | `${ResourceName}.${string}`;

/** What was found out about an API. */
export interface ApiFacts {
  /** Resources that it does not have. */
  readonly absent: ReadonlySet<ResourceName>;
  /** Attributes that its POST does not take. */
  readonly refused: ReadonlyMap<ResourceName, ReadonlySet<string>>;
  /** By which attribute requests must say whose a resource is to be; undefined where the API knows by itself. */
  readonly owner?: 'project_id' | 'tenant_id' | undefined;
}

export class Capabilities {
  readonly #facts: ApiFacts;

  constructor(facts: ApiFacts) {
    this.#facts = facts;
  }

  /** Those of Sextant: all that the client knows. */
  static readonly whole = new Capabilities({ absent: new Set(), refused: new Map() });

  has(need: Need): boolean {
    const [resource, attribute] = need.split('.') as [ResourceName, string?];
    if (this.#facts.absent.has(resource)) return false;
    if (attribute === undefined) return true;
    const attributes: Readonly<Record<string, Attribute>> = definitions[resource].attributes;
    return attributes[attribute]?.create !== undefined && !this.#facts.refused.get(resource)?.has(attribute);
  }

  /** What to send: without attributes that the API does not take, and with the owner where it must be told. */
  fit<N extends ResourceName>(name: N, wish: Create<N>, projectId: string): Create<N> {
    const { owner } = this.#facts;
    const refused = this.#facts.refused.get(name);
    const kept = Object.entries(wish).filter(([attribute]) => refused?.has(attribute) !== true);
    return { ...Object.fromEntries(kept), ...(owner && { [owner]: projectId }) } as Create<N>;
  }
}

/** Why nothing that takes it can be tried, as one would say it of that cloud. */
export function lackOf(need: Need): string {
  const [resource, attribute] = need.split('.') as [string, string?];
  const words = resource.replaceAll('_', ' ');
  const plural = words.endsWith('s') ? `${words}es` : `${words}s`;
  return attribute === undefined
    ? `The API has no ${plural}.`
    : `${title(plural)} have no ${attribute} there.`;
}

const title = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}`;

/**
 * The attributes that a refusal names as unknown, in Neutron's words: `Unrecognized attribute(s) 'a, b'`.
 * @returns undefined when it says something else
 */
export function unrecognised(message: string): ReadonlySet<string> | undefined {
  const [, list] = /Unrecognized attribute\(s\) (.*)/.exec(message) ?? [];
  return list === undefined ? undefined : new Set(list.match(/[\w:]+/g));
}
