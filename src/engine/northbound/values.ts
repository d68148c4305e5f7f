/**
 * Values in OVN's little languages. OVN accepts much that it then only logs ("error parsing actions") and does not do;
 * what is built here it can parse.
 */
import { createHash } from 'node:crypto';
import type { Address } from '../../addressing/index.ts';

/** A value that OVN would take without a word and then not use. */
export class ValueError extends Error {}

/** `{a, b}`, as the `dns_server` option wants it. */
export const addressSet = (addresses: readonly Address[]): string => `{${addresses.join(', ')}}`;

const domainPattern =
  /^(?=.{1,253}$)([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$/;

/** A domain name without the root's dot. @throws ValueError when it is none (RFC 1035 section 2.3.1) */
export function domainName(text: string): string {
  const name = text.replace(/\.$/, '');
  if (!domainPattern.test(name)) throw new ValueError(`'${text}' is not a domain name`);
  return name;
}

/** A string in OVN's action language. Without the quotes the port would get no DHCP at all. */
export function quoted(text: string): string {
  if (/["\\\n]/.test(text)) throw new ValueError(`'${text}' cannot stand in an OVN string`);
  return `"${text}"`;
}

/** A MAC address made of an id: the same id has the same one on every host and after every restart. */
export function macOf(id: string): string {
  const hash = createHash('sha256').update(id).digest('hex');
  return `fa:16:3e:${hash.slice(0, 2)}:${hash.slice(2, 4)}:${hash.slice(4, 6)}`;
}
