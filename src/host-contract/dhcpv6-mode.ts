/** What DHCPv6 is for on a subnet: engine and hosts answer that alike. */
import type { Ipv6Mode } from '../addressing/index.ts';

interface Modes {
  readonly enableDhcp: boolean;
  readonly raMode: Ipv6Mode | null;
  readonly addressMode: Ipv6Mode | null;
}

/**
 * What DHCPv6 gives on an IPv6 subnet: `addresses` and settings, `settings` alone, or nothing. A subnet without modes
 * has its addresses served; an advertisement mode alone says that they come from elsewhere.
 */
export function dhcpv6Gives({
  enableDhcp,
  raMode,
  addressMode,
}: Modes): 'addresses' | 'settings' | 'nothing' {
  if (!enableDhcp) return 'nothing';
  if (addressMode === 'dhcpv6-stateful') return 'addresses';
  if (addressMode === 'dhcpv6-stateless') return 'settings';
  return addressMode === null && raMode === null ? 'addresses' : 'nothing';
}
