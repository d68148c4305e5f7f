/** What callers see of a resource: pure. */
import type { Attribute, Definition, Values } from '../resources/index.ts';
import type { Caller } from './identity.ts';
import { mayUseAttribute } from './policy.ts';

/**
 * The attributes that the caller may see and asked for.
 * @param fields names from `?fields=`; empty for all
 */
export const shownTo = (
  { attributes }: Definition,
  caller: Caller,
  fields: readonly string[],
): [name: string, attribute: Attribute][] =>
  Object.entries(attributes).filter(
    ([name, attribute]) =>
      !attribute.hidden &&
      mayUseAttribute(caller, attribute.see) &&
      (fields.length === 0 || fields.includes(name)),
  );

/** Chooses those attributes of a resource. */
export function viewer(
  definition: Definition,
  caller: Caller,
  fields: readonly string[],
): (record: Values) => Values {
  const shown = shownTo(definition, caller, fields);
  return (record) => {
    const view: Values = {};
    for (const [name, { omitNull }] of shown)
      if (!(omitNull && record[name] === null)) view[name] = record[name];
    return view;
  };
}
