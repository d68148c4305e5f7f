/**
 * The types that attributes of resources can have. A type parses what a client sent into canonical form
 * (addresses in RFC 5952 text, MAC addresses in lower case), describes itself as JSON Schema, and says how
 * the store keeps it.
 */

import { Address, type Family, Mac, Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';

/** JSON Schema of a value, as OpenAPI shows it. */
export type Schema = Record<string, unknown>;

/** How the store keeps values of a type: as they are, as 0 or 1, or as JSON text. */
export type StoredAs = 'plain' | 'boolean' | 'json';

export interface AttributeType<T, S extends StoredAs = StoredAs> {
  /** A word for help texts and messages, for instance `ADDRESS`. */
  readonly label: string;
  readonly schema: Schema;
  readonly storedAs: S;
  /**
   * @param value what the client sent, after JSON decoding
   * @param field where it stood, for messages: `fixed_ips[0].ip_address`
   * @throws RequestError 400 that names the field and the reason
   */
  parse(value: unknown, field: string): T;
  /** The same for who asks for strictness: what `parse` clears is refused. */
  strictly?(value: unknown, field: string): T;
}

const describe = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
};

/** The 400 for a value of another kind than `kind`. */
const isNot = (field: string, value: unknown, kind: string) =>
  errors.attribute.isNot({ field, value: describe(value), kind });

function plain<T extends string | number>(
  label: string,
  schema: Schema,
  parse: (value: unknown, field: string) => T,
): AttributeType<T, 'plain'> {
  return { label, schema, storedAs: 'plain', parse };
}

function parseText(value: unknown, field: string, maxLength: number): string {
  if (typeof value !== 'string') throw isNot(field, value, 'a string');
  if (value.length > maxLength)
    throw errors.attribute.tooLong({ field, value: describe(value), maximum: maxLength });
  if (!value.isWellFormed()) throw errors.attribute.notUnicode({ field });
  if (value.includes('\0')) throw errors.attribute.hasNul({ field, value: describe(value) });
  return value;
}

/** Free text of at most `maxLength` characters. */
export const text = (maxLength: number): AttributeType<string, 'plain'> =>
  plain('TEXT', { type: 'string', maxLength }, (value, field) => parseText(value, field, maxLength));

const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isId = (text: string): boolean => UUID_PATTERN.test(text);

/** The id of a resource. */
export const uuid: AttributeType<string, 'plain'> = plain(
  'UUID',
  { type: 'string', format: 'uuid' },
  (value, field) => {
    if (typeof value !== 'string' || !UUID_PATTERN.test(value)) throw isNot(field, value, 'a UUID');
    return value.toLowerCase();
  },
);

/** A whole number; numerals in a string are taken too, as Neutron does. */
export const integer = (minimum: number, maximum: number): AttributeType<number, 'plain'> =>
  plain('NUMBER', { type: 'integer', minimum, maximum }, (value, field) => {
    const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number)) throw isNot(field, value, 'an integer');
    if (number < minimum || number > maximum) {
      throw errors.attribute.outOfRange({ field, value: describe(value), minimum, maximum });
    }
    return number;
  });

/** The id of a project, which has neither spaces nor stars, or `*` for all of them. */
export const projectOrAll: AttributeType<string, 'plain'> = plain(
  'PROJECT',
  { type: 'string', maxLength: 255 },
  (value, field) => {
    const id = parseText(value, field, 255);
    if (id !== '*' && !/^[!-)+-~]+$/.test(id)) throw isNot(field, value, 'the id of a project, or *');
    return id;
  },
);

const PORT = integer(1, 65_535);

/** Ports from the first to the last, as `8000:8009`; one alone stands for itself. */
export const portRange: AttributeType<string, 'plain'> = plain(
  'FIRST:LAST',
  { type: 'string', examples: ['8000:8009'] },
  (value, field) => {
    const parts = String(value).split(':');
    if (!['string', 'number'].includes(typeof value) || parts.length > 2)
      throw isNot(field, value, 'a port or two with a colon between them');
    const [first = 0, last = first] = parts.map((part) => PORT.parse(part, field));
    if (first > last) throw isNot(field, value, 'a range whose first port is not higher than the last');
    return `${first}:${last}`;
  },
);

const BOOLEAN_WORDS = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  [1, true],
  [0, false],
  ['1', true],
  ['0', false],
  ['true', true],
  ['false', false],
]);

/** True or false, also as 0, 1 or a word, as Neutron takes them. */
export const boolean: AttributeType<boolean, 'boolean'> = {
  label: 'BOOLEAN',
  schema: { type: 'boolean' },
  storedAs: 'boolean',
  parse(value, field) {
    const result = BOOLEAN_WORDS.get(typeof value === 'string' ? value.toLowerCase() : value);
    if (result === undefined) throw errors.attribute.notBoolean({ field, value: describe(value) });
    return result;
  },
};

/** One of the given words. */
export const oneOf = <const T extends string>(...values: T[]): AttributeType<T, 'plain'> =>
  plain(values.join('|'), { type: 'string', enum: values }, (value, field) => {
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) throw errors.attribute.notOneOf({ field, value: describe(value), values });
    return found;
  });

/** 4 or 6, also as a string. */
export const ipVersion: AttributeType<Family, 'plain'> = plain(
  '4|6',
  { type: 'integer', enum: [4, 6] },
  (value, field) => {
    if (value === 4 || value === '4') return 4;
    if (value === 6 || value === '6') return 6;
    throw errors.attribute.notOneOf({ field, value: describe(value), values: [4, 6] });
  },
);

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Parses with one of `addressing`'s parsers; its reason becomes the message. */
function parsed<T>(value: unknown, field: string, what: string, parse: (text: string) => T): T {
  if (typeof value !== 'string') throw isNot(field, value, what);
  try {
    return parse(value);
  } catch (error) {
    throw errors.attribute.notParsed({
      field,
      value: describe(value),
      kind: what,
      reason: reasonOf(error),
    });
  }
}

/**
 * An IPv4 or IPv6 address. IPv4-mapped IPv6 addresses (RFC 4291 section 2.5.5.2) are refused: on the wire they
 * mean an IPv4 address, which must be written as one.
 */
export const address: AttributeType<string, 'plain'> = plain(
  'ADDRESS',
  { type: 'string', format: 'ip' },
  (value, field) => {
    const result = parsed(value, field, 'a valid IP address', Address.parse);
    if (result.isMappedV4) throw errors.attribute.mappedV4({ field, value: describe(value) });
    return result.toString();
  },
);

/** A prefix without bits beyond its length: what would be cleared may as well have been a slip in the length. */
export const prefix: AttributeType<string, 'plain'> = plain(
  'PREFIX',
  { type: 'string', format: 'cidr' },
  (value, field) => parsed(value, field, 'a valid IP subnet', (text) => Prefix.parse(text)).toString(),
);

/** The same with bits beyond its length cleared, as Neutron has it. */
export const clearedPrefix: AttributeType<string, 'plain'> = {
  ...prefix,
  parse: (value, field) =>
    parsed(value, field, 'a valid IP subnet', (text) => Prefix.parse(text, { hostBits: 'clear' })).toString(),
  strictly: prefix.parse,
};

const lengthOf = ({ family }: Address): number => (family === 4 ? 32 : 128);

/** A prefix, or an address that stands for the prefix of its full length. */
export const prefixOrAddress: AttributeType<string, 'plain'> = plain(
  'PREFIX',
  { type: 'string' },
  (value, field) =>
    parsed(value, field, 'a valid IP subnet', (text) => {
      if (text.includes('/')) return Prefix.parse(text, { hostBits: 'clear' });
      const single = Address.parse(text);
      return Prefix.of(single, lengthOf(single));
    }).toString(),
);

/** The same, with the bits beyond its length kept as they came: who reads them decides. */
export const interfaceOrAddress: AttributeType<string, 'plain'> = plain(
  'PREFIX',
  { type: 'string' },
  (value, field) =>
    parsed(value, field, 'a valid IP subnet', (text) => {
      const { length } = Prefix.parse(
        text.includes('/') ? text : `${text}/${lengthOf(Address.parse(text))}`,
        {
          hostBits: 'clear',
        },
      );
      return `${Address.parse(text.split('/')[0] ?? '')}/${length}`;
    }),
);

/** An address, or a prefix: allowed address pairs take both. The text keeps which of the two it was. */
export const addressOrPrefix: AttributeType<string, 'plain'> = plain(
  'ADDRESS',
  { type: 'string' },
  (value, field) =>
    typeof value === 'string' && value.includes('/')
      ? prefix.parse(value, field)
      : address.parse(value, field),
);

const DNS_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** A domain name (RFC 1123 section 2.1), kept without the dot at its end. */
export const domainName: AttributeType<string, 'plain'> = plain(
  'DOMAIN',
  { type: 'string', format: 'hostname' },
  (value, field) => {
    if (typeof value !== 'string') throw isNot(field, value, 'a domain name');
    const name = value.endsWith('.') ? value.slice(0, -1) : value;
    if (name.length > 253 || !name.split('.').every((label) => DNS_LABEL.test(label))) {
      throw errors.attribute.notDomain({ field, value: describe(value) });
    }
    return name;
  },
);

/** A unicast MAC address. */
export const mac: AttributeType<string, 'plain'> = plain(
  'MAC',
  { type: 'string', format: 'mac' },
  (value, field) => {
    const result = parsed(value, field, 'a valid MAC address', Mac.parse);
    if (result.isMulticast) throw errors.attribute.multicastMac({ field, value: describe(value) });
    if (result.value === 0n) throw errors.attribute.nullMac({ field, value: describe(value) });
    return result.toString();
  },
);

/** `type`, or null. */
export const nullable = <T, S extends Exclude<StoredAs, 'boolean'>>(
  type: AttributeType<T, S>,
): AttributeType<T | null, S> => ({
  label: type.label,
  schema: { anyOf: [type.schema, { type: 'null' }] },
  storedAs: type.storedAs,
  parse: (value, field) => (value === null ? null : type.parse(value, field)),
});

/** A list of at most `maxItems` values, without duplicates unless it `mayRepeat`. */
export const list = <T>(
  item: AttributeType<T>,
  maxItems = 1000,
  mayRepeat = false,
): AttributeType<T[], 'json'> => ({
  label: item.label,
  schema: { type: 'array', items: item.schema, maxItems },
  storedAs: 'json',
  parse(value, field) {
    if (!Array.isArray(value)) throw isNot(field, value, 'a list');
    if (value.length > maxItems) throw errors.attribute.tooManyItems({ field, maximum: maxItems });
    const items = value.map((element, index) => item.parse(element, `${field}[${index}]`));
    const seen = new Set<string>();
    for (const element of items) {
      const key = JSON.stringify(element);
      if (seen.has(key) && !mayRepeat) throw errors.attribute.twice({ field, value: describe(element) });
      seen.add(key);
    }
    return items;
  },
});

type Members = Record<string, AttributeType<unknown>>;
type Parsed<S extends Members> = { [K in keyof S]: S[K] extends AttributeType<infer T> ? T : never };

/** An object with the `required` members and, perhaps, the `optional` ones; no others. */
export function object<R extends Members, O extends Members>(
  required: R,
  optional: O,
): AttributeType<Parsed<R> & Partial<Parsed<O>>, 'json'> {
  const members: Members = { ...required, ...optional };
  return {
    label: Object.keys(members)
      .map((name) => `${name}=…`)
      .join(','),
    schema: {
      type: 'object',
      properties: Object.fromEntries(Object.entries(members).map(([name, type]) => [name, type.schema])),
      required: Object.keys(required),
      additionalProperties: false,
    },
    storedAs: 'json',
    parse(value, field) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw isNot(field, value, 'an object');
      }
      const result: Record<string, unknown> = {};
      for (const [name, member] of Object.entries(value)) {
        const type = Object.hasOwn(members, name) ? members[name] : undefined;
        if (!type) {
          throw errors.attribute.unknownKey({ field, name, known: Object.keys(members) });
        }
        result[name] = type.parse(member, `${field}.${name}`);
      }
      for (const name of Object.keys(required)) {
        if (!(name in result)) throw errors.attribute.keyMissing({ field, name });
      }
      return result as Parsed<R> & Partial<Parsed<O>>;
    },
  };
}

/** An object of texts by keys of the client's own choosing: at most `maxItems`, `maxLength` characters each. */
export const stringMap = (
  maxItems: number,
  maxLength: number,
): AttributeType<Record<string, string>, 'json'> => ({
  label: 'KEY=VALUE',
  schema: { type: 'object', additionalProperties: { type: 'string', maxLength }, maxProperties: maxItems },
  storedAs: 'json',
  parse(value, field) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw isNot(field, value, 'an object');
    }
    const entries = Object.entries(value);
    if (entries.length > maxItems) throw errors.attribute.tooManyKeys({ field, maximum: maxItems });
    return Object.fromEntries(
      entries.map(([key, member]) => {
        if (key === '') throw errors.attribute.emptyKey({ field });
        return [
          parseText(key, `a key of ${field}`, maxLength),
          parseText(member, `${field}.${key.slice(0, 100)}`, maxLength),
        ];
      }),
    );
  },
});

/** An object that is kept as it comes (`binding:profile`), up to `maxBytes` of JSON. */
export const freeObject = (maxBytes: number): AttributeType<Record<string, unknown>, 'json'> => ({
  label: 'JSON',
  schema: { type: 'object', additionalProperties: true },
  storedAs: 'json',
  parse(value, field) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw isNot(field, value, 'an object');
    }
    if (JSON.stringify(value).length > maxBytes) {
      throw errors.attribute.tooManyBytes({ field, maximum: maxBytes });
    }
    return value as Record<string, unknown>;
  },
});
