/** Texts of the command line as values of attributes: `start=::1,end=::9` and the like. */
import { type Attribute, definitions, type ResourceName } from '../../resources/definitions.ts';
import { UsageError } from '../errors.ts';
import { isObject, type NameLookup } from './flag.ts';
import type { ObjectMember, Shape } from './shape.ts';

/** How to read a flag's text; `flag` is for messages. */
export type ReadValue = (flag: string, text: string, lookup: NameLookup) => unknown;

/** The reader for a single value of this shape: an item, if the attribute is a list. */
export function readerOf(shape: Shape, attribute: Pick<Attribute, 'members' | 'reference'>): ReadValue {
  switch (shape.kind) {
    case 'list':
      return readerOf(shape.item, attribute);
    case 'object':
      return (flag, text, lookup) => readObject(flag, text, keysOf(shape.members, attribute.members), lookup);
    case 'either': {
      const [object, text] = [readerOf(shape.object, attribute), readerOf(shape.text, attribute)];
      return (flag, given, lookup) => (given.includes('=') ? object : text)(flag, given, lookup);
    }
    case 'free':
      return readFree;
    case 'boolean':
      return readBoolean;
    case 'integer':
      return readInteger;
    case 'text':
      return referenceReader(attribute.reference) ?? ((_flag, text) => text);
  }
}

/** What stands for a value in help texts: `start=…,end=…` for objects. */
export function placeholderOf(shape: Shape, attribute: Attribute): string {
  switch (shape.kind) {
    case 'list':
      return placeholderOf(shape.item, attribute);
    case 'object':
      return [...keysOf(shape.members, attribute.members).keys()].map((key) => `${key}=…`).join(',');
    case 'either':
      return `${placeholderOf(shape.text, attribute)}|${placeholderOf(shape.object, attribute)}`;
    case 'free':
      return 'key=value';
    case 'boolean':
      return 'true|false';
    default:
      if (attribute.reference !== undefined) return attribute.reference.replaceAll('_', '-');
      return attribute.type.label.toLowerCase();
  }
}

/** A member of an object, with the name that it has in the API. */
interface NamedMember extends ObjectMember {
  readonly name: string;
  readonly reference: string | undefined;
}

/** Members by the keys that they have on the command line. */
function keysOf(
  members: Readonly<Record<string, ObjectMember>>,
  known: Attribute['members'] = {},
): ReadonlyMap<string, NamedMember> {
  return new Map(
    Object.entries(members).map(([name, member]) => [
      known[name]?.key ?? name.replaceAll('_', '-'),
      { ...member, name, reference: known[name]?.reference },
    ]),
  );
}

async function readObject(
  flag: string,
  text: string,
  keys: ReadonlyMap<string, NamedMember>,
  lookup: NameLookup,
): Promise<Record<string, unknown>> {
  const form = [...keys.keys()].map((key) => `${key}=…`).join(',');
  const value: Record<string, unknown> = {};
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    const member = keys.get(part.slice(0, equals));
    if (equals < 0 || member === undefined) {
      throw new UsageError(`--${flag} does not understand "${part}": write it as ${form}`);
    }
    const read = readerOf(member.shape, { ...(member.reference && { reference: member.reference }) });
    value[member.name] = await read(flag, part.slice(equals + 1), lookup);
  }
  for (const [key, { name, required }] of keys) {
    if (required && !(name in value)) throw new UsageError(`--${flag} lacks ${key}=: write it as ${form}`);
  }
  return value;
}

const readFree: ReadValue = (flag, text) => {
  if (text.startsWith('{')) {
    const value = parseJson(text);
    if (isObject(value)) return value;
    throw new UsageError(`--${flag} is not valid JSON`);
  }
  const equals = text.indexOf('=');
  if (equals < 1) throw new UsageError(`--${flag} does not understand "${text}": write key=value, or JSON`);
  return { [text.slice(0, equals)]: text.slice(equals + 1) };
};

const readBoolean: ReadValue = (flag, text) => {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new UsageError(`--${flag} takes true or false, not "${text}"`);
};

export const readInteger: ReadValue = (flag, text) => {
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`--${flag} takes a whole number, not "${text}"`);
};

/** Undefined for references that lead out of the network API (projects): their text is passed on as it is. */
function referenceReader(reference: string | undefined): ReadValue | undefined {
  if (reference === undefined || !isResourceName(reference)) return undefined;
  return (_flag, text, lookup) => lookup.idOf(reference, text);
}

const isResourceName = (name: string): name is ResourceName => Object.hasOwn(definitions, name);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
