/** All use cases, in the table's order. */
import type { UseCase } from '../use-case.ts';
import {
  dvr,
  extensions,
  floatingIp,
  l3Ha,
  metadata,
  ndSpoofing,
  prefixDelegation,
  providerVlan,
  rogueRa,
  routedExternal,
  sriov,
} from './not-built.ts';

export const useCases: readonly UseCase[] = [
  providerVlan,
  routedExternal,
  floatingIp,
  sriov,
  extensions,
  metadata,
  rogueRa,
  prefixDelegation,
  dvr,
  ndSpoofing,
  l3Ha,
];
