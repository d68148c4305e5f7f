/** Every kind of unit there is. */
import { addressGroupUnit } from './address-group/index.ts';
import { addressGroupMemberUnit } from './address-group-member/index.ts';
import { anycastAddressUnit } from './anycast-address/index.ts';
import { defaultDropUnit } from './default-drop/index.ts';
import { distributedAddressesUnit } from './distributed-addresses/index.ts';
import { egressOnlyUnit } from './egress-only/index.ts';
import { floatingIpUnit } from './floating-ip/index.ts';
import { floatingIpQosUnit } from './floating-ip-qos/index.ts';
import { gatewayUnit } from './gateway/index.ts';
import { learnedAddressesUnit } from './learned-addresses/index.ts';
import { nat64Unit } from './nat64/index.ts';
import { networkUnit } from './network/index.ts';
import { nptv6Unit } from './nptv6/index.ts';
import { openGroupUnit } from './open-group/index.ts';
import { portUnit } from './port/index.ts';
import { portForwardingsUnit } from './port-forwardings/index.ts';
import { routerUnit } from './router/index.ts';
import { securityGroupUnit } from './security-group/index.ts';
import { servingHostsUnit } from './serving-hosts/index.ts';
import { subnetUnit } from './subnet/index.ts';
import { translatorsUnit } from './translators/index.ts';
import type { Unit } from './unit.ts';

/** In the order in which all of them are planned: what others refer to comes first, as far as that goes. */
export const units: readonly Unit[] = [
  openGroupUnit,
  defaultDropUnit,
  translatorsUnit,
  networkUnit,
  servingHostsUnit,
  subnetUnit,
  egressOnlyUnit,
  portUnit,
  routerUnit,
  gatewayUnit,
  nat64Unit,
  nptv6Unit,
  distributedAddressesUnit,
  floatingIpUnit,
  floatingIpQosUnit,
  portForwardingsUnit,
  addressGroupUnit,
  addressGroupMemberUnit,
  learnedAddressesUnit,
  securityGroupUnit,
  anycastAddressUnit,
];
