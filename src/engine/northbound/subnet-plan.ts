import type { PlannedRow } from '../reconciler/plan.ts';
import { dhcpService, dhcpv4Options, dhcpv6Options } from './dhcp-options.ts';
import { key } from './names.ts';
import type { NetworkRecord, SubnetRecord } from './records.ts';

/** A subnet is the options that OVN's DHCP server gives to its ports, if it gives any. */
export function planSubnet(subnet: SubnetRecord, network: NetworkRecord): PlannedRow[] {
  const service = dhcpService(subnet);
  if (service === undefined) return [];
  const options = service === 'v4' ? dhcpv4Options(subnet, network) : dhcpv6Options(subnet, network, service);
  return [{ table: 'DHCP_Options', key: key.dhcp, columns: { cidr: subnet.prefix.toString(), options } }];
}
