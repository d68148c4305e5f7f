/** Rules of what instances are told of a subnet by router advertisements and DHCPv6. */

import { errors, type RequestError } from '../../errors/index.ts';
import { checkNat64Prefix } from '../nat64-prefix.ts';
import type { Subnet } from './definition.ts';

/** Seconds that addresses of DHCPv6 are preferred and valid, where the subnet does not say. */
export const USUAL_LIFETIMES = { preferred: 43_200, valid: 86_400 } as const;

type AdvertisedAttributes = Pick<
  Subnet,
  | 'ip_version'
  | 'ipv6_ra_mode'
  | 'dns_search_domains'
  | 'preferred_lifetime'
  | 'valid_lifetime'
  | 'ra_router_lifetime'
  | 'ra_router_preference'
  | 'ra_prefer_delegation'
  | 'pref64'
>;

/** @throws RequestError 400 for what would never be told, or cannot be told */
export function checkAdvertised(subnet: AdvertisedAttributes): void {
  const ofAdvertisements = {
    ra_router_lifetime: subnet.ra_router_lifetime !== null,
    ra_router_preference: subnet.ra_router_preference !== 'medium',
    ra_prefer_delegation: subnet.ra_prefer_delegation,
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
  checkNat64Prefix('pref64', subnet.pref64);
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
