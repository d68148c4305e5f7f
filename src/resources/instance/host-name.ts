/** Names of hosts (RFC 1123 section 2.1). Pure. */
import { errors } from '../../errors/index.ts';
import type { AttributeType } from '../definition/attribute-types.ts';

const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** A host's name without a domain; empty for none. */
export const hostName: AttributeType<string> = {
  label: 'NAME',
  schema: { type: 'string', maxLength: 63 },
  storedAs: 'plain',
  parse(value, field) {
    if (value === '' || (typeof value === 'string' && LABEL.test(value))) return value;
    throw errors.instance.hostName({ field, value: `${JSON.stringify(value)?.slice(0, 100)}` });
  },
};

/** The host name that is nearest to any text; undefined for a text without a letter or digit. */
export function hostNameFrom(text: string): string | undefined {
  const name = text
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9-]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '')
    .toLowerCase();
  return name === '' ? undefined : name;
}
