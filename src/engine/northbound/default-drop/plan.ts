/** The rows that make what no security group lets through be dropped. Pure. */
import { SERVICE_ADDRESS_V4 } from '../../../host-contract/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { aclLogging } from '../acls/logging.ts';
import { ALLOW_PRIORITY, DROP_PRIORITY } from '../acls/priorities.ts';
import { OPEN_GROUP_NAME, openGroupRef } from '../names.ts';

/**
 * What no security group lets through is dropped, but for what open ports send and get, and DHCP. It is dropped for
 * whatever port is not known to be open: one that is new is never open before its groups apply, and no set has all
 * protected ports, which OVN would go through at every change. Answers of OVN's own DHCP server do not pass the ACLs;
 * those of the hosts' servers come from a link-local address (RFC 8415 section 18.3), and answer what was sent to all,
 * so that connection tracking does not know them. Instances that play the server are stopped where they send. ND, RS, RA
 * and MLD pass OVN's ACLs anyway.
 */
export function planDefaultDrop(): PlannedRow[] {
  const acl = (
    rowKey: string,
    direction: 'from-lport' | 'to-lport',
    action: 'allow' | 'drop',
    match: string,
  ): PlannedRow => ({
    table: 'ACL',
    key: rowKey,
    columns: {
      priority: action === 'drop' ? DROP_PRIORITY : ALLOW_PRIORITY,
      direction,
      match,
      action,
      ...aclLogging(undefined),
    },
    parent: openGroupRef,
  });
  return [
    acl('drop/from', 'from-lport', 'drop', 'ip'),
    acl('drop/to', 'to-lport', 'drop', 'ip'),
    acl('open/from', 'from-lport', 'allow', `inport == @${OPEN_GROUP_NAME} && ip`),
    acl('open/to', 'to-lport', 'allow', `outport == @${OPEN_GROUP_NAME} && ip`),
    acl('dhcp/4', 'from-lport', 'allow', 'ip4 && udp.src == 68 && udp.dst == 67'),
    acl('dhcp/6', 'from-lport', 'allow', 'ip6 && udp.src == 546 && udp.dst == 547'),
    acl(
      'dhcp/4/answers',
      'to-lport',
      'allow',
      `ip4.src == ${SERVICE_ADDRESS_V4} && udp.src == 67 && udp.dst == 68`,
    ),
    acl('dhcp/6/answers', 'to-lport', 'allow', 'ip6.src == fe80::/10 && udp.src == 547 && udp.dst == 546'),
  ];
}
