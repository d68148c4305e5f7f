/** What is never forwarded from one link to another (RFC 4291 section 2.5.6). */
import { Prefix } from './prefix.ts';

/** All link-local addresses of IPv6. */
export const LINK_LOCAL = Prefix.parse('fe80::/10');

/** The part of them that is in use: the others have bits that must be zero. */
export const LINK_LOCAL_SUBNET = Prefix.parse('fe80::/64');
