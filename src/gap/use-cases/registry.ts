/**
 * All use cases, in the table's order: reports, the `--case` of `sextant gap`, the documentation and the type of their
 * ids have them from here.
 */
import type { UseCase } from '../kit/index.ts';
import { addressManagementUseCase } from './address-management.ts';
import { addressModesUseCase } from './address-modes/address-modes.ts';
import { dualStackUseCase } from './dual-stack.ts';
import { dvrUseCase } from './dvr/dvr.ts';
import { extensionsUseCase } from './extensions/extensions.ts';
import { antiSpoofingUseCase } from './first-hop/anti-spoofing.ts';
import { ndSpoofingUseCase } from './first-hop/nd-spoofing.ts';
import { rogueRaUseCase } from './first-hop/rogue-ra.ts';
import { fixedIpSlaacUseCase } from './fixed-ip-slaac.ts';
import { fixedIpStatefulUseCase } from './fixed-ip-stateful.ts';
import { floatingIpUseCase } from './floating-ip/floating-ip.ts';
import { ipv6MostlyUseCase } from './ipv6-mostly.ts';
import { l3HaUseCase } from './l3-ha.ts';
import { metadataUseCase } from './metadata/metadata.ts';
import { mixedNetworksUseCase } from './mixed-networks.ts';
import { multiTenantUseCase } from './multi-tenant.ts';
import { multipleAddressesUseCase } from './multiple-addresses.ts';
import { prefixDelegationUseCase } from './prefix-delegation/index.ts';
import { providerVlanUseCase } from './provider-vlan.ts';
import { routedExternalUseCase } from './routed-external.ts';
import { securityGroupsUseCase } from './security-groups/security-groups.ts';
import { sriovUseCase } from './sr-iov/sr-iov.ts';
import { v6OnlyUseCase } from './v6-only.ts';

const rows = [
  multiTenantUseCase,
  v6OnlyUseCase,
  providerVlanUseCase,
  routedExternalUseCase,
  dualStackUseCase,
  addressModesUseCase,
  fixedIpStatefulUseCase,
  fixedIpSlaacUseCase,
  floatingIpUseCase,
  sriovUseCase,
  extensionsUseCase,
  metadataUseCase,
  securityGroupsUseCase,
  addressManagementUseCase,
  antiSpoofingUseCase,
  rogueRaUseCase,
  multipleAddressesUseCase,
  mixedNetworksUseCase,
  prefixDelegationUseCase,
  dvrUseCase,
  ndSpoofingUseCase,
  l3HaUseCase,
  ipv6MostlyUseCase,
] as const;

/** The use cases' names: scripts and checks depend on them. */
export type UseCaseId = (typeof rows)[number]['id'];

export const useCases: readonly UseCase<UseCaseId>[] = rows;
