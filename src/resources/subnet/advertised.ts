/** Rules of what instances are told of a subnet by router advertisements and DHCPv6. */

import { Prefix } from '../../addressing/index.ts';
import { errors, type RequestError } from '../../errors/index.ts';
import type { Subnet } from './definition.ts';

/** Seconds that addresses of DHCPv6 are preferred and valid, where the subnet does not say. */
export const USUAL_LIFETIMES = { preferred: 43_200, valid: 86_400 } as const;

/** Prefix lengths that a NAT64 can have (RFC 6052 section 2.2). */
const NAT64_LENGTHS: readonly number[] = [32, 40, 48, 56, 64, 96];

type AdvertisedAttributes = Pick<
  Subnet,
  | 'ip_version'
  | 'ipv6_ra_mode'
  | 'dns_search_domains'
  | 'preferred_lifetime'
  | 'valid_lifetime'
  | 'ra_router_lifetime'
  | 'ra_router_preference'
  | 'pref64'
>;

/** @throws RequestError 400 for what would never be told, or cannot be told */
export function checkAdvertised(subnet: AdvertisedAttributes): void {
  const ofAdvertisements = {
    ra_router_lifetime: subnet.ra_router_lifetime !== null,
    ra_router_preference: subnet.ra_router_preference !== 'medium',
    pref64: subnet.pref64 !== null,
  };
  const ofIpv6 = {
    ...ofAdvertisements,
    dns_search_domains: subnet.dns_search_domains.length > 0,
    preferred_lifetime: subnet.preferred_lifetime !== null,
    valid_lifetime: subnet.valid_lifetime !== null,
  };
  if (subnet.ip_version === 4) {
    refuse(ofIpv6, errors.subnet.advertisedOverIpv4);
  }
  if (subnet.ipv6_ra_mode === null) {
    refuse(ofAdvertisements, errors.subnet.notAdvertised);
  }
  checkLifetimes(subnet);
  if (subnet.pref64 !== null) checkPref64(Prefix.parse(subnet.pref64));
}

function refuse(
  given: Record<string, boolean>,
  error: (parameters: { attribute: string }) => RequestError,
): void {
  for (const [attribute, isGiven] of Object.entries(given)) {
    if (isGiven) throw error({ attribute });
  }
}

function checkLifetimes({ preferred_lifetime, valid_lifetime }: AdvertisedAttributes): void {
  if (preferred_lifetime === null && valid_lifetime === null) return;
  const preferred = preferred_lifetime ?? USUAL_LIFETIMES.preferred;
  const valid = valid_lifetime ?? USUAL_LIFETIMES.valid;
  if (preferred <= valid) return;
  const usual = (given: number | null): string => (given === null ? ' (as is usual)' : '');
  throw errors.subnet.lifetimes({
    preferred: `${preferred}${usual(preferred_lifetime)}`,
    valid: `${valid}${usual(valid_lifetime)}`,
  });
}

function checkPref64(prefix: Prefix): void {
  if (prefix.family !== 6 || !NAT64_LENGTHS.includes(prefix.length)) {
    throw errors.subnet.pref64Length({ prefix, lengths: NAT64_LENGTHS });
  }
  if (prefix.network.isMulticast || prefix.network.isLinkLocal) {
    throw errors.subnet.pref64NotUnicast({ prefix });
  }
}
