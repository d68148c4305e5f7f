/** Which delegated prefixes can be used. Pure. */
import { LINK_LOCAL, Prefix, reservedIn } from '../../addressing/index.ts';

/**
 * What no network behind a router can have (RFC 4291 section 2.4), what leads to translators (RFC 6052, RFC 8215), and
 * what is given up (RFC 3879, RFC 7526).
 */
const OTHERS: readonly Prefix[] = [
  LINK_LOCAL,
  ...['::1/128', '::ffff:0:0/96', 'ff00::/8', '64:ff9b::/96', '64:ff9b:1::/48', 'fec0::/10', '2002::/16'].map(
    (text) => Prefix.parse(text),
  ),
];
/** A subnet is a /64. */
const LONGEST = 64;
/** Nobody has more than this to give to one router. */
const SHORTEST = 16;

/** Why a prefix that a server delegates is not used, in words; undefined for one that is. */
export function whyUnusable(prefix: Prefix): string | undefined {
  if (prefix.length > LONGEST) return 'it is longer than /64';
  if (prefix.length < SHORTEST) return `it is shorter than /${SHORTEST}`;
  const isOthers = reservedIn(prefix) !== undefined || OTHERS.some((other) => other.overlaps(prefix));
  if (prefix.network.isUnspecified || isOthers) return 'it is no prefix that can be routed';
  return undefined;
}
