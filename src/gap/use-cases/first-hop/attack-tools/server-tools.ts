/** Programs that attack DHCPv6 servers, or play one. */
import { linkLocalAddress } from '../../../../addressing/index.ts';
import { type AttackTool, DEVICE, ROGUE, STOPPED } from './attack-tool.ts';

export const serverTools: readonly AttackTool[] = [
  {
    name: 'fake_dhcps6',
    command: () => ['atk6-fake_dhcps6', DEVICE, ROGUE.prefix, ROGUE.dns],
    attack: 'DHCPv6 Advertise and Reply in answer to clients',
    rfc: '7610, 8415',
    wrong: 'imposture',
    provoked: 'dhcpv6',
    stoppedBy: STOPPED.guard,
  },
  {
    name: 'fuzz_dhcpc6 -7',
    command: ({ victim }) => ['atk6-fuzz_dhcpc6', '-7', '-v', linkLocalAddress(victim.mac), DEVICE],
    attack: 'thousands of malformed DHCPv6 Replies to a client',
    rfc: '7610, 8415',
    wrong: 'imposture',
    floods: true,
    stoppedBy: STOPPED.guard,
  },
  {
    name: 'fuzz_dhcps6 -m',
    command: () => ['atk6-fuzz_dhcps6', '-m', DEVICE],
    attack: 'thousands of malformed DHCPv6 messages to the server',
    rfc: '8415',
    wrong: 'dhcp-excess',
    floods: true,
    stoppedBy: STOPPED.limit,
  },
  {
    name: 'flood_dhcpc6',
    command: () => ['atk6-flood_dhcpc6', DEVICE],
    attack: 'flood of Solicits from random addresses, to exhaust the pool',
    rfc: '8415 section 22',
    wrong: 'imposture',
    floods: true,
    stoppedBy: STOPPED.both,
  },
  {
    name: 'flood_dhcpc6 -N',
    command: () => ['atk6-flood_dhcpc6', '-N', DEVICE],
    attack: 'flood of Solicits from its own address, each for another client',
    rfc: '8415 section 22',
    wrong: 'dhcp-excess',
    floods: true,
    stoppedBy: STOPPED.limit,
  },
];
