/** Prefixes that anybody may make up. */
import { Prefix } from './prefix.ts';

/** Unique local addresses (RFC 4193), those of private internets (RFC 1918), and shared ones (RFC 6598). */
const PRIVATE_USE = ['fc00::/7', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map(
  (text) => Prefix.parse(text),
);

/** Whether all addresses of a prefix are nobody's in particular; what is not may be somebody else's. */
export const isPrivateUse = (prefix: Prefix): boolean => PRIVATE_USE.some((one) => one.covers(prefix));
