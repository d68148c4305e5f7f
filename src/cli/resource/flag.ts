/** Flags of resource commands, as data: each turns its text into a piece of a request's body. */

/** Part of a resource: attributes by name. */
import type { ResourceName } from '../../resources/index.ts';
export type Body = Readonly<Record<string, unknown>>;

/** Finds what a name or id on the command line means. */
export interface NameLookup {
  /** @throws CommandFailure when there is no such resource, or more than one of that name */
  idOf(resource: ResourceName, nameOrId: string): Promise<string>;
}

export interface Flag {
  /** Without dashes. */
  readonly name: string;
  /** What its value is, for help texts: `address`, `start=…,end=…`. A flag without takes no value. */
  readonly placeholder?: string | undefined;
  readonly repeatable?: true;
  /** Known values, for help and completion; the server decides what it takes. */
  readonly choices?: readonly string[] | undefined;
  /** A request without it makes no sense. */
  readonly required?: true;
  readonly doc: string;
  /** The list or object whose present content this flag takes away, on `set`. */
  readonly clears?: string;
  /**
   * What it adds to the request.
   * @param text its value; empty for a flag that takes none
   * @throws UsageError for a text that cannot be meant
   */
  body(text: string, lookup: NameLookup): Body | Promise<Body>;
}

/** A flag as it was given. */
export interface Given {
  readonly flag: Flag;
  readonly text: string;
}

/** The request that flags make together: lists are joined, objects merged, and else the last one wins. */
export async function bodyOfFlags(given: readonly Given[], lookup: NameLookup): Promise<Body> {
  let body: Body = {};
  for (const { flag, text } of given) body = merge(body, await flag.body(text, lookup));
  return body;
}

function merge(earlier: Body, later: Body): Body {
  const merged: Record<string, unknown> = { ...earlier };
  for (const [key, value] of Object.entries(later)) {
    const before = merged[key];
    if (Array.isArray(before) && Array.isArray(value)) merged[key] = [...before, ...value];
    else if (isObject(before) && isObject(value)) merged[key] = merge(before, value);
    else merged[key] = value;
  }
  return merged;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
