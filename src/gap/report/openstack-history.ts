/**
 * What OpenStack Neutron could in 2015, by the gap analyses that the use cases come from: those of the OPNFV IPv6
 * project, release Brahmaputra, for the OpenStack releases Kilo and Liberty.
 */
import type { UseCaseId } from '../use-cases/registry.ts';

/** A verdict of those analyses: `rejected` was proposed and turned down, `to do` nobody had tried. */
export type PastVerdict = 'yes' | 'no' | 'rejected' | 'to do' | 'roadmap';

export interface Past {
  readonly kilo: PastVerdict;
  readonly liberty: PastVerdict;
}

const both = (verdict: PastVerdict): Past => ({ kilo: verdict, liberty: verdict });

export const openstackHistory: Readonly<Record<UseCaseId, Past>> = {
  'multi-tenant': both('yes'),
  'v6-only': both('yes'),
  'provider-vlan': both('yes'),
  'routed-external': both('yes'),
  'dual-stack': both('yes'),
  'address-modes': both('yes'),
  'fixed-ip-stateful': both('yes'),
  'fixed-ip-slaac': both('no'),
  'floating-ip': both('rejected'),
  'sr-iov': both('to do'),
  extensions: both('no'),
  metadata: both('no'),
  'security-groups': both('yes'),
  'address-management': both('yes'),
  'anti-spoofing': both('yes'),
  'rogue-ra': both('yes'),
  'multiple-addresses': both('yes'),
  'mixed-networks': both('yes'),
  'prefix-delegation': { kilo: 'roadmap', liberty: 'yes' },
  dvr: both('no'),
  'nd-spoofing': { kilo: 'roadmap', liberty: 'yes' },
  'l3-ha': both('yes'),
  // Nobody looked.
  'ipv6-mostly': both('no'),
};
