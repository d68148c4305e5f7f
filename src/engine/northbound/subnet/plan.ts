/** The rows of a subnet. Pure. */
import type { PlannedRow } from '../../reconciler/plan.ts';
import { key } from '../names.ts';
import type { NetworkRecord } from '../records/network.ts';
import { isServedByOvn, type SubnetRecord } from '../records/subnet.ts';
import { dhcpv4Options } from './dhcp-options.ts';

/** A subnet is the options that OVN's DHCP server gives to its ports, if it gives any. */
export function planSubnet(subnet: SubnetRecord, network: NetworkRecord): PlannedRow[] {
  if (!isServedByOvn(subnet, network)) return [];
  const options = dhcpv4Options(subnet, network);
  return [{ table: 'DHCP_Options', key: key.dhcp, columns: { cidr: subnet.prefix.toString(), options } }];
}
