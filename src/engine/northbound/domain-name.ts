/** Domain names in OVN's options. */
const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

/**
 * A domain name as it may stand in OVN's options: labels of letters, digits, hyphens and underscores (RFC 1123
 * section 2.1), without the final dot. Anything else, for instance with a quote in it, would make ovn-controller
 * drop the whole set of options.
 *
 * @returns undefined for what is no domain name
 */
export function ovnDomainName(text: string): string | undefined {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  return name.length <= 253 && name.split('.').every((part) => LABEL.test(part)) ? name : undefined;
}
