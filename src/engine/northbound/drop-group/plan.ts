/** The rows that make what no security group lets through be dropped. Pure. */
import type { PlannedRow } from '../../reconciler/plan.ts';
import { aclLogging } from '../acls/logging.ts';
import { ALLOW_PRIORITY, DROP_PRIORITY } from '../acls/priorities.ts';
import { DROP_GROUP_NAME, dropGroupRef, key, METER_NAME, meterRef } from '../names.ts';

/**
 * The port group of all protected ports, and the meter of what is logged: what no security group lets through is
 * dropped, but for DHCP. Answers of OVN's own DHCP server do not pass the ACLs; those of a DHCPv6 server come from a
 * link-local address (RFC 8415 section 18.3), and answer what was sent to a group, so that connection tracking does
 * not know them. Instances that play the server are stopped where they send. ND, RS, RA and MLD pass OVN's ACLs
 * anyway.
 */
export function planDropGroup(): PlannedRow[] {
  const acl = (
    name: string,
    priority: number,
    direction: string,
    match: string,
    action: string,
  ): PlannedRow => ({
    table: 'ACL',
    key: name,
    columns: { priority, direction, match, action, ...aclLogging(undefined) },
    parent: dropGroupRef,
  });
  const from = `inport == @${DROP_GROUP_NAME}`;
  const to = `outport == @${DROP_GROUP_NAME}`;
  return [
    ...planMeter(),
    { table: 'Port_Group', key: key.group, columns: { name: DROP_GROUP_NAME } },
    acl('drop/from', DROP_PRIORITY, 'from-lport', `${from} && ip`, 'drop'),
    acl('drop/to', DROP_PRIORITY, 'to-lport', `${to} && ip`, 'drop'),
    acl('dhcp/4', ALLOW_PRIORITY, 'from-lport', `${from} && ip4 && udp.src == 68 && udp.dst == 67`, 'allow'),
    acl(
      'dhcp/6',
      ALLOW_PRIORITY,
      'from-lport',
      `${from} && ip6 && udp.src == 546 && udp.dst == 547`,
      'allow',
    ),
    acl(
      'dhcp/6/answers',
      ALLOW_PRIORITY,
      'to-lport',
      `${to} && ip6.src == fe80::/10 && udp.src == 547 && udp.dst == 546`,
      'allow',
    ),
  ];
}

/** What limits how much is logged: packets a second for each ACL, and how many at once after a silence. */
const RATE = { packets: 100, burst: 25 };

/** The meter that logged ACLs share: `fair`, so that each is limited by itself. */
function planMeter(): PlannedRow[] {
  return [
    {
      table: 'Meter_Band',
      key: 'meter/band',
      columns: { action: 'drop', rate: RATE.packets, burst_size: RATE.burst },
      parent: meterRef,
    },
    { table: 'Meter', key: key.meter, columns: { name: METER_NAME, unit: 'pktps', fair: true } },
  ];
}
