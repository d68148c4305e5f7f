/** Rules of subnet pools that need no database: prefixes, bounds, what a subnet may ask for. Pure. */
import { ADDRESS_BITS, type Family, mergePrefixes, Prefix, reservedIn } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { MOST_PREFIXES, type Subnetpool } from './definition.ts';

/** Of a subnet in a pool that does not say, as Neutron has them; also what quotas are counted in. */
const USUAL = {
  4: { min: 8, max: 32, quotaUnit: 32 },
  6: { min: 64, max: 128, quotaUnit: 64 },
} as const satisfies Record<Family, object>;

/** How long the prefixes of a pool's subnets may be. */
type Bounds = Pick<Subnetpool, 'min_prefixlen' | 'max_prefixlen' | 'default_prefixlen'>;

/** What no subnet can have (RFC 4291 section 2.4, RFC 6890). */
const NO_SUBNETS: readonly Prefix[] = [
  'ff00::/8',
  'fe80::/10',
  '::1/128',
  '::ffff:0:0/96',
  '224.0.0.0/4',
  '169.254.0.0/16',
  '127.0.0.0/8',
].map((text) => Prefix.parse(text));

/** Whether a pool would sooner or later give a prefix of it that no subnet can have. */
const isUseless = (prefix: Prefix): boolean =>
  prefix.network.isUnspecified ||
  NO_SUBNETS.some((one) => one.overlaps(prefix)) ||
  reservedIn(prefix) !== undefined;

/**
 * The prefixes of a pool as it keeps them: as few as possible, in order.
 * @throws RequestError 400 without any, for those of two IP versions, and for what no subnet can have
 */
export function poolPrefixes(texts: readonly string[], family?: Family): Prefix[] {
  const prefixes = texts.map((text) => Prefix.parse(text));
  const [first] = prefixes;
  if (!first) throw errors.subnetpool.noPrefixes();
  const wanted = family ?? first.family;
  const other = prefixes.find((prefix) => prefix.family !== wanted);
  if (other) throw errors.subnetpool.otherIpVersion({ prefix: other, version: wanted });
  const useless = prefixes.find(isUseless);
  if (useless) throw errors.subnetpool.useless({ prefix: useless });
  return mergePrefixes(prefixes);
}

/** A prefix that shares addresses with one of the others; undefined when none does. Neither list overlaps itself. */
export function overlapOf(prefixes: readonly Prefix[], others: readonly Prefix[]): Prefix | undefined {
  const all = [
    ...prefixes.map((prefix) => ({ prefix, isOther: false })),
    ...others.map((prefix) => ({ prefix, isOther: true })),
  ].sort(
    ({ prefix: one }, { prefix: other }) => one.network.compare(other.network) || one.length - other.length,
  );
  // Of two that overlap one covers the other, and comes first.
  let covering = all[0];
  for (const each of all) {
    if (!covering?.prefix.covers(each.prefix)) covering = each;
    else if (covering.isOther !== each.isOther) return covering.isOther ? each.prefix : covering.prefix;
  }
  return undefined;
}

/**
 * Gives back what a pool would have, or a request makes at once. A prefix out of which a few addresses are taken is hundreds, and
 * each of them costs as much as one that is asked for.
 * @throws RequestError 400 when these are too many
 */
export function limited<T>(prefixes: T[]): T[] {
  if (prefixes.length > MOST_PREFIXES)
    throw errors.subnetpool.tooManyPrefixes({ count: prefixes.length, maximum: MOST_PREFIXES });
  return prefixes;
}

/**
 * Checks how long the prefixes of subnets may be, and chooses what is left open.
 * @throws RequestError 400 unless minimum, default and maximum are in order, and possible
 */
export function boundsOf(
  family: Family,
  given: { readonly [K in keyof Bounds]?: Bounds[K] | undefined },
): Bounds {
  const min_prefixlen = given.min_prefixlen ?? USUAL[family].min;
  const max_prefixlen = given.max_prefixlen ?? USUAL[family].max;
  const default_prefixlen = given.default_prefixlen ?? min_prefixlen;
  const bounds: Bounds = { min_prefixlen, max_prefixlen, default_prefixlen };
  const longest = ADDRESS_BITS[family];
  if (max_prefixlen > longest)
    throw errors.subnetpool.bounds({
      one: `max_prefixlen=${max_prefixlen}`,
      other: `ip_version=${family}`,
      reason: `IPv${family} prefixes have at most ${longest} bits`,
    });
  if (min_prefixlen > max_prefixlen)
    throw errors.subnetpool.bounds({
      one: `min_prefixlen=${min_prefixlen}`,
      other: `max_prefixlen=${max_prefixlen}`,
      reason: 'the minimum is at most the maximum',
    });
  if (default_prefixlen < min_prefixlen || default_prefixlen > max_prefixlen)
    throw errors.subnetpool.bounds({
      one: `default_prefixlen=${default_prefixlen}`,
      other: `min_prefixlen=${min_prefixlen}, max_prefixlen=${max_prefixlen}`,
      reason: 'the default is between them',
    });
  return bounds;
}

/** How many addresses a prefix of this length has. */
export const sizeOf = (family: Family, length: number): bigint => 1n << BigInt(ADDRESS_BITS[family] - length);

/** How many addresses a unit of a quota is. */
export const quotaUnit = (family: Family): bigint => sizeOf(family, USUAL[family].quotaUnit);

/** @throws RequestError 400 when the pool gives no prefixes of this length */
export function checkLength({ id, min_prefixlen, max_prefixlen }: Subnetpool, length: number): void {
  if (length < min_prefixlen) throw errors.subnetpool.tooShort({ id, length, minimum: min_prefixlen });
  if (length > max_prefixlen) throw errors.subnetpool.tooLong({ id, length, maximum: max_prefixlen });
}
