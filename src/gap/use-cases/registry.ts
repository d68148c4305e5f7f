/** All use cases, in the table's order. */
import type { UseCase } from '../kit/use-case.ts';
import { addressManagement } from './address-management.ts';
import { addressModes } from './address-modes/address-modes.ts';
import { dualStack } from './dual-stack.ts';
import { extensions } from './extensions/extensions.ts';
import { antiSpoofing } from './first-hop/anti-spoofing.ts';
import { ndSpoofing } from './first-hop/nd-spoofing.ts';
import { rogueRa } from './first-hop/rogue-ra.ts';
import { fixedIpSlaac } from './fixed-ip-slaac.ts';
import { fixedIpStateful } from './fixed-ip-stateful.ts';
import { metadata } from './metadata/metadata.ts';
import { mixedNetworks } from './mixed-networks.ts';
import { multiTenant } from './multi-tenant.ts';
import { multipleAddresses } from './multiple-addresses.ts';
import { dvr, floatingIp, l3Ha, routedExternal, sriov } from './not-built.ts';
import { prefixDelegation } from './prefix-delegation.ts';
import { providerVlan } from './provider-vlan.ts';
import { securityGroups } from './security-groups/security-groups.ts';
import { v6Only } from './v6-only.ts';

export const useCases: readonly UseCase[] = [
  multiTenant,
  v6Only,
  providerVlan,
  routedExternal,
  dualStack,
  addressModes,
  fixedIpStateful,
  fixedIpSlaac,
  floatingIp,
  sriov,
  extensions,
  metadata,
  securityGroups,
  addressManagement,
  antiSpoofing,
  rogueRa,
  multipleAddresses,
  mixedNetworks,
  prefixDelegation,
  dvr,
  ndSpoofing,
  l3Ha,
];
