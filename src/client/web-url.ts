/**
 * URLs of web services, as people and catalogs write them, an IPv6 zone too (RFC 6874): `http://[fe80::1%25eth0]:9696`.
 * The URL standard has no place for a zone, and only this machine knows what it means: it goes beside the URL.
 */
import { existsSync } from 'node:fs';
import { Address } from '../addressing/index.ts';

/** Where a request goes. */
export interface WebUrl {
  readonly url: URL;
  /** The interface by which the URL's link-local address is reached: `eth0`. */
  readonly zone?: string | undefined;
}

/** An endpoint's text is no URL of a web service. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';
}

/** Scheme and address, zone, and what comes after the bracket. `%` alone is what people write. */
const ZONED = /^(\w+:\/\/\[[0-9a-f:.]+)%(?:25)?([^\]/]+)(\].*)$/i;

/** @throws EndpointError */
export function readWebUrl(text: string): WebUrl {
  const [, before, zone, after] = ZONED.exec(text) ?? [];
  const url = URL.parse(zone === undefined ? text : `${before}${after}`);
  if (url === null) throw new EndpointError(`"${text}" is not a URL: write it as http://[::1]:9696`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new EndpointError(`"${text}" is neither an http nor an https URL`);
  }
  if (zone !== undefined) return { url, zone };
  if (Address.tryParse(url.hostname.replace(/^\[|\]$/g, ''))?.isLinkLocal && url.hostname.startsWith('[')) {
    throw new EndpointError(
      `"${text}" has a link-local address, which takes an interface: write it as http://[fe80::1%25eth0]:9696`,
    );
  }
  return { url };
}

/** Scheme, host and port, with the zone. */
export const originWithZone = ({ url, zone }: WebUrl): string =>
  zone === undefined ? url.origin : url.origin.replace(']', `%25${zone}]`);

/**
 * Sees that this machine has the interface that a zone names: the system would take another, and wait in vain.
 * @throws EndpointError
 */
export function checkZone({ zone }: WebUrl): void {
  if (zone === undefined || /^\d+$/.test(zone) || existsSync(`/sys/class/net/${zone}`)) return;
  throw new EndpointError(`This machine has no interface ${zone}, which the endpoint names.`);
}
