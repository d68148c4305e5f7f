/** Lists that are short, and no resource's: filtered when they are there. Pure. */
import { errors } from '../errors/index.ts';
import type { Values } from '../resources/index.ts';
import { fieldsIn, type QueryString } from './list-query.ts';

interface ShortList {
  readonly collection: string;
  /** Attributes that it is filtered by. */
  readonly filters: readonly string[];
}

/**
 * What a list's query asks for: those that have all that is asked for, with the fields that are.
 * @throws RequestError 400 for a filter that there is none of
 */
export function selection(
  { collection, filters }: ShortList,
  query: QueryString,
): (found: readonly Values[]) => Values[] {
  const wanted = Object.entries(query).filter(([name]) => name !== 'fields');
  for (const [name] of wanted)
    if (!filters.includes(name)) throw errors.list.filter({ name, collection, known: filters });
  const fields = fieldsIn(query);
  return (found) =>
    found
      .filter((one) => wanted.every(([name, values]) => [values].flat().includes(String(one[name]))))
      .map((one) => withFields(one, fields));
}

/** The attributes that are asked for; all when none are. */
export const withFields = (one: Values, fields: readonly string[]): Values =>
  fields.length === 0
    ? one
    : Object.fromEntries(Object.entries(one).filter(([name]) => fields.includes(name)));
