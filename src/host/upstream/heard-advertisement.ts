/** Advertisements of routers outside, as they are heard on a trunk. Pure. */
import type { Mac } from '../../addressing/index.ts';
import type { Frame } from '../../packets/index.ts';
import type { AdvertisedRouter } from './heard-table.ts';

/** An advertisement, and the VLAN that it came on. */
export interface HeardAdvertisement extends AdvertisedRouter {
  readonly sourceMac: Mac;
  /** Null where there is no tag. */
  readonly vlan: number | null;
}

/** What a frame advertises; nothing when it is no advertisement, or not one to heed. */
export function advertisedIn({ network, vlans, source: sourceMac }: Frame): HeardAdvertisement | undefined {
  if (network.kind !== 'ipv6' || network.hopLimit !== 255 || !network.source.isLinkLocal) return undefined;
  if (network.upper.kind !== 'icmpv6' || network.upper.message.kind !== 'router-advertisement')
    return undefined;
  const { routerLifetime: lifetime, preference: said } = network.upper.message;
  // RFC 4191 section 2.2: what nobody may send is taken for the usual.
  const preference = said === 'reserved' ? 'medium' : said;
  return { source: network.source, sourceMac, lifetime, preference, vlan: vlans[0]?.id ?? null };
}
