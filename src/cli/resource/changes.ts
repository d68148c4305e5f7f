/** What `set` and `unset` make of a resource's present state and their flags. Pure. */
import { Address, Mac, Prefix } from '../../addressing/index.ts';
import { CommandFailure } from '../errors.ts';
import { type Body, type Given, isObject } from './flag.ts';

/**
 * The new values for `set`: lists and free objects keep what they had, unless a flag clears them.
 * @param given the flags, which tell what is to be cleared
 * @param body what the flags ask for
 * @param grows attributes whose present content stays
 */
export function setChanges(
  current: Body,
  body: Body,
  given: readonly Given[],
  grows: ReadonlySet<string>,
): Record<string, unknown> {
  const cleared = new Set(given.map(({ flag }) => flag.clears));
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) =>
      grows.has(name) && !cleared.has(name) ? [name, grown(current[name], value)] : [name, value],
    ),
  );
}

/**
 * The new values for `unset`: lists without the items that match what is given, objects without the keys given.
 * @param what the resource in words, for messages
 * @throws CommandFailure when there is nothing to take off
 */
export function unsetChanges(what: string, current: Body, body: Body): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      const before = current[name];
      if (Array.isArray(value))
        return [name, without(what, name, Array.isArray(before) ? before : [], value)];
      if (isObject(value)) return [name, withoutKeys(what, name, isObject(before) ? before : {}, value)];
      return [name, value];
    }),
  );
}

function grown(before: unknown, more: unknown): unknown {
  if (Array.isArray(before) && Array.isArray(more)) {
    const known = new Set(before.map(canonicalJson));
    return [...before, ...more.filter((item) => !known.has(canonicalJson(item)))];
  }
  return isObject(before) && isObject(more) ? { ...before, ...more } : more;
}

/** An item of several members matches by those given: `--fixed-ip subnet=S` takes off every address in S. */
function without(what: string, attribute: string, before: unknown[], take: unknown[]): unknown[] {
  for (const item of take) {
    if (!before.some((candidate) => matches(candidate, item))) {
      throw new CommandFailure(`${what} has no ${attribute} ${JSON.stringify(item)}: nothing was changed.`);
    }
  }
  return before.filter((candidate) => !take.some((item) => matches(candidate, item)));
}

function withoutKeys(what: string, attribute: string, before: Body, take: Body): Body {
  for (const key of Object.keys(take)) {
    if (!(key in before))
      throw new CommandFailure(`${what} has no ${attribute} ${key}: nothing was changed.`);
  }
  return Object.fromEntries(Object.entries(before).filter(([key]) => !(key in take)));
}

function matches(candidate: unknown, item: unknown): boolean {
  if (isObject(candidate) && isObject(item)) {
    return Object.entries(item).every(([key, value]) => canonical(candidate[key]) === canonical(value));
  }
  return canonical(candidate) === canonical(item);
}

/** Addresses, prefixes and MAC addresses compare by what they mean, not by how they are written. */
function canonical(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const meant = Address.tryParse(value) ?? Prefix.tryParse(value) ?? Mac.tryParse(value);
  return meant?.toString() ?? value;
}

function canonicalJson(value: unknown): string {
  if (!isObject(value)) return JSON.stringify(canonical(value));
  const members = Object.entries(value).map(([key, member]) => [key, canonical(member)]);
  return JSON.stringify(members.sort(([a], [b]) => String(a).localeCompare(String(b))));
}
