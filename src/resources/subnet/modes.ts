/**
 * What `ipv6_ra_mode` and `ipv6_address_mode` mean together.
 *
 * | ra mode | address mode | |
 * | --- | --- | --- |
 * | unset | unset | addresses are allocated, no router advertisements |
 * | unset | set | advertisements come from a router outside Sextant |
 * | set | unset | advertisements are Sextant's, addresses come from elsewhere |
 * | set | the same | both are Sextant's |
 *
 * Any other pair is refused.
 */

import type { Ipv6Mode } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';

export interface SubnetModes {
  readonly ip_version: 4 | 6;
  readonly ipv6_ra_mode: Ipv6Mode | null;
  readonly ipv6_address_mode: Ipv6Mode | null;
}

const isAuto = (mode: Ipv6Mode | null): boolean => mode === 'slaac' || mode === 'dhcpv6-stateless';

/** Whether instances form their addresses themselves (SLAAC, RFC 4862): every port has one, made from its MAC. */
export const isAutoAddress = (subnet: SubnetModes): boolean =>
  subnet.ip_version === 6 && (isAuto(subnet.ipv6_ra_mode) || isAuto(subnet.ipv6_address_mode));

/** @throws RequestError 400 for a pair of modes, or modes with other attributes, that make no sense */
export function checkModes(subnet: SubnetModes & { enable_dhcp: boolean }): void {
  const { ipv6_ra_mode, ipv6_address_mode } = subnet;
  const given =
    ipv6_ra_mode !== null ? 'ipv6_ra_mode' : ipv6_address_mode !== null ? 'ipv6_address_mode' : undefined;
  if (!given) return;
  if (subnet.ip_version === 4) throw errors.subnet.modeOverIpv4({ attribute: given });
  if (!subnet.enable_dhcp) {
    throw errors.subnet.modesWithoutDhcp();
  }
  if (ipv6_ra_mode !== null && ipv6_address_mode !== null && ipv6_ra_mode !== ipv6_address_mode) {
    throw errors.subnet.modesDiffer({ raMode: ipv6_ra_mode, addressMode: ipv6_address_mode });
  }
}
