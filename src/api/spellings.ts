/** The spellings in which clients write paths, and the one that is served. Pure. */
import { definitions } from '../resources/index.ts';

/** Of what is no resource. */
const OTHER_PATHS = ['availability_zones', 'floatingip_pools', 'network-ip-availabilities'];

const bySpelling = (path: string): string => path.replaceAll('-', '_');

/** Hyphens and underscores are alike to clients; and where a path is of two words, the second one does. */
const PATHS: ReadonlyMap<string, string> = new Map([
  ...OTHER_PATHS.map((path): [string, string] => [bySpelling(path), path]),
  ...Object.values(definitions).map(({ collection, path }): [string, string] => [
    path.includes('/') ? collection : bySpelling(path),
    path,
  ]),
]);

/** Clients of old name the format behind a path: `/v2.0/networks.json`. Tags are the caller's own words. */
const withoutFormat = (url: string): string =>
  url.replace(/^(\/v2\.0\/(?![^?]*\/tags\/)[^?]*)\.json(?=$|\?)/, '$1');

/** The URL of a request as it is served: `/v2.0/security_groups.json?name=web` is `/v2.0/security-groups?name=web`. */
export const asServed = (url: string): string =>
  withoutFormat(url).replace(
    /^\/v2\.0\/([a-z_-]+)/,
    (_, first: string) => `/v2.0/${PATHS.get(bySpelling(first)) ?? first}`,
  );
