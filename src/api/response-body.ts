/** What callers see of a resource: pure. */
import type { Definition, Values } from '../resources/index.ts';
import type { Caller } from './identity.ts';
import { mayUseAttribute } from './policy.ts';

/**
 * Chooses the attributes that the caller may see and asked for.
 * @param fields names from `?fields=`; empty for all
 */
export function viewer(
  definition: Definition,
  caller: Caller,
  fields: readonly string[],
): (record: Values) => Values {
  const shown = Object.entries(definition.attributes).filter(
    ([name, attribute]) =>
      !attribute.hidden &&
      mayUseAttribute(caller, attribute.see) &&
      (fields.length === 0 || fields.includes(name)),
  );
  return (record) => {
    const view: Values = {};
    for (const [name, { omitNull }] of shown)
      if (!(omitNull && record[name] === null)) view[name] = record[name];
    return view;
  };
}
