/**
 * The programs of thc-ipv6 and SI6's ipv6toolkit that are run from an instance against its neighbours, and what each
 * of them does. The use cases, their tests and the page on attacks are made from these lists.
 */
import { linkLocalAddress } from '../../addressing/index.ts';
import { ALL_NODES } from '../../packets/multicast.ts';
import { type AttackTool, DEVICE, type Roles } from './attack-tool.ts';

/** What the rogue router wants to be used as prefix on the link, and as DNS server. */
const ROGUE = { prefix: '2001:db8:bad::/64', dns: '2001:db8:bad::53' } as const;
/** What is beyond the router. */
const ELSEWHERE = '2001:db8:e15e::1';

const GUARD = 'guard';
const BOTH = 'guard, port security';
const LIMIT = 'guard: a limit for each port';

const routerOf = ({ router }: Roles) => linkLocalAddress(router.mac);
const victimOf = ({ victim }: Roles) => linkLocalAddress(victim.mac);

/** thc-ipv6 puts `atk6-` before its programs' names on Debian. */
const rogue26 = (evasion: string, attack: string, rfc: string): AttackTool => ({
  name: `fake_router26 -E ${evasion}`,
  command: () => ['atk6-fake_router26', '-E', evasion, '-A', ROGUE.prefix, DEVICE],
  attack: `RA ${attack}`,
  rfc,
  wrong: 'imposture',
  stoppedBy: GUARD,
});

/** Attacks on routers' place: router advertisements and redirects. */
export const routerTools: readonly AttackTool[] = [
  {
    name: 'fake_router26',
    command: () => ['atk6-fake_router26', '-A', ROGUE.prefix, '-D', ROGUE.dns, '-M', '1280', DEVICE],
    attack: 'RA with a prefix, a DNS server and an MTU',
    rfc: '6105',
    wrong: 'imposture',
    stoppedBy: GUARD,
  },
  rogue26('H', 'behind hop-by-hop options', '7113 section 2.1'),
  rogue26('1', 'in an atomic fragment', '6946, 6980'),
  rogue26('H111', 'behind hop-by-hop options and three fragment headers', '7113, 6980'),
  rogue26(
    'D',
    'behind destination options so large that it is in the second fragment',
    '7113 section 2.2, 7112',
  ),
  rogue26('F', 'spread over three fragments', '7113, 6980'),
  rogue26('O', 'in a fragment over another, for who keeps the first', '5722'),
  rogue26('o', 'in a fragment over another, for who keeps the last', '5722'),
  {
    name: 'fake_router26 -l 0',
    command: (roles) => ['atk6-fake_router26', '-s', routerOf(roles), '-l', 0, DEVICE],
    attack: "RA in the router's name that ends its lifetime",
    rfc: '6105',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'fake_router6',
    command: () => ['atk6-fake_router6', DEVICE, ROGUE.prefix, ROGUE.dns],
    attack: 'RA with a prefix, a route and a DNS server',
    rfc: '6105',
    wrong: 'imposture',
    stoppedBy: GUARD,
  },
  {
    name: 'kill_router6',
    command: (roles) => ['atk6-kill_router6', DEVICE, routerOf(roles)],
    attack: "RA in the router's name that ends its lifetime",
    rfc: '6105',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'flood_router26',
    command: () => ['atk6-flood_router26', DEVICE],
    attack: 'flood of RA from random addresses, some 50 prefixes and routes in each',
    rfc: '6104, 6105',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'flood_router26 -F',
    command: () => ['atk6-flood_router26', '-F', DEVICE],
    attack: 'flood of RA in fragments',
    rfc: '7113, 6980',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'ra6',
    command: () => [
      ...['ra6', '-i', DEVICE, '-d', ALL_NODES, '-e'],
      ...['-P', `${ROGUE.prefix}#LA#3600#1800`, '-N', `3600#${ROGUE.dns}`, '-R', `${ROGUE.prefix}#1#3600`],
    ],
    attack: 'RA with a prefix, a route and a DNS server',
    rfc: '6105, 4191, 8106',
    wrong: 'imposture',
    stoppedBy: GUARD,
  },
  {
    name: 'ra6 -H -U -y',
    command: () => [
      ...['ra6', '-i', DEVICE, '-d', ALL_NODES, '-e', '-H', 8, '-U', 8, '-y', 16],
      ...['-P', `${ROGUE.prefix}#LA#3600#1800`],
    ],
    attack: 'RA in fragments of 16 octets behind hop-by-hop and destination options',
    rfc: '7113 section 2.2',
    wrong: 'imposture',
    stoppedBy: GUARD,
  },
  {
    name: 'ra6 -F',
    command: () => ['ra6', '-i', DEVICE, '-d', ALL_NODES, '-F', 20, '-f', 5, '-e'],
    attack: 'RA from many addresses',
    rfc: '6104, 6105',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'redir6',
    command: (roles) => {
      const { victim, attacker } = roles;
      return ['atk6-redir6', DEVICE, victim.address, ELSEWHERE, routerOf(roles), attacker.address];
    },
    attack: "redirect in the router's name, after an echo request that seems to come from elsewhere",
    rfc: '4861 section 8',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'rd6',
    command: (roles) => [
      ...['rd6', '-i', DEVICE, '-s', routerOf(roles), '-d', roles.victim.address],
      ...['-t', roles.attacker.address, '-r', ELSEWHERE, '-n'],
    ],
    attack: "redirect in the router's name",
    rfc: '4861 section 8',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'rd6 -u -y',
    command: (roles) => [
      ...['rd6', '-i', DEVICE, '-s', routerOf(roles), '-S', roles.attacker.mac],
      ...['-d', roles.victim.address, '-D', roles.victim.mac],
      ...['-t', roles.attacker.address, '-r', ELSEWHERE, '-e', '-n', '-u', 64, '-y', 64],
    ],
    attack: "redirect in the router's name in fragments, behind destination options",
    rfc: '6980, 7112',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'flood_redir6',
    command: (roles) => [
      ...['atk6-flood_redir6', DEVICE, roles.victim.address, routerOf(roles), roles.attacker.address],
    ],
    attack: "flood of redirects in the router's name",
    rfc: '4861 section 8',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
];

/** Attacks on neighbours: Neighbor Discovery and the sources of packets. */
export const neighbourTools: readonly AttackTool[] = [
  {
    name: 'fake_advertise6',
    command: ({ victim, bystander }) => ['atk6-fake_advertise6', DEVICE, bystander.address, victim.address],
    attack: "NA of the bystander's address, from there",
    rfc: '4861, 3756 section 4.1.1',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'fake_advertise6 -H',
    command: ({ victim, bystander }) => [
      ...['atk6-fake_advertise6', '-H', DEVICE, bystander.address, victim.address],
    ],
    attack: "NA of the bystander's address behind hop-by-hop options",
    rfc: '4861',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'fake_advertise6 -F',
    command: ({ victim, bystander }) => [
      ...['atk6-fake_advertise6', '-F', DEVICE, bystander.address, victim.address],
    ],
    attack: "NA of the bystander's address, spread over three fragments",
    rfc: '6980, 7112',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'fake_advertise6 -r -s',
    command: (roles) => [
      ...['atk6-fake_advertise6', '-r', '-s', DEVICE, routerOf(roles), roles.victim.address],
      ...[roles.attacker.mac, roles.attacker.address],
    ],
    attack: "NA of the router's address, with the router flag",
    rfc: '4861',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'fake_solicitate6',
    command: ({ attacker, victim, bystander, nobody }) => [
      ...['atk6-fake_solicitate6', DEVICE, nobody, victim.address, attacker.mac, bystander.address],
    ],
    attack: "NS in the bystander's name",
    rfc: '4861 section 7.2.3',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'na6',
    command: ({ victim, bystander }) => [
      ...['na6', '-i', DEVICE, '-s', bystander.address, '-d', victim.address],
      ...['-t', bystander.address, '-c', '-o', '-e'],
    ],
    attack: "NA of the bystander's address, solicited, override",
    rfc: '4861, 3756 section 4.1.1',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'na6 -u',
    command: ({ attacker, victim, bystander }) => [
      ...['na6', '-i', DEVICE, '-s', attacker.address, '-d', victim.address],
      ...['-t', bystander.address, '-c', '-o', '-e', '-u', 16],
    ],
    attack: "NA of the bystander's address behind destination options",
    rfc: '4861',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'na6 -u -y',
    command: ({ attacker, victim, bystander }) => [
      ...['na6', '-i', DEVICE, '-s', attacker.address, '-d', victim.address],
      ...['-t', bystander.address, '-c', '-o', '-e', '-u', 64, '-y', 64],
    ],
    attack: "NA of the bystander's address in the second fragment",
    rfc: '6980, 7112',
    wrong: 'imposture',
    stoppedBy: 'guard: the first fragment, without which the other is nothing',
  },
  {
    name: 'ns6',
    command: ({ victim, bystander, nobody }) => [
      ...['ns6', '-i', DEVICE, '-s', bystander.address, '-d', victim.address, '-t', nobody, '-e'],
    ],
    attack: "NS in the bystander's name",
    rfc: '4861 section 7.2.3',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'ns6 -E',
    command: ({ attacker, victim, bystander, nobody }) => [
      ...['ns6', '-i', DEVICE, '-s', attacker.address, '-d', victim.address],
      ...['-t', nobody, '-E', bystander.mac],
    ],
    attack: "NS with the bystander's MAC address as its option",
    rfc: '4861 section 7.2.3',
    wrong: 'imposture',
    stoppedBy: GUARD,
  },
  {
    name: 'parasite6',
    command: () => ['atk6-parasite6', '-l', DEVICE],
    attack: 'NA in answer to every NS that it hears',
    rfc: '4861, 3756 section 4.1.1',
    wrong: 'imposture',
    provoked: 'resolution',
    stoppedBy: `${BOTH}; it hears no NS for addresses that OVN knows`,
  },
  {
    name: 'dos-new-ip6',
    command: () => ['atk6-dos-new-ip6', DEVICE],
    attack: 'NA in answer to who looks whether its address is free',
    rfc: '4862 section 5.4, 3756 section 4.1.3',
    wrong: 'imposture',
    provoked: 'restart',
    stoppedBy: BOTH,
  },
  {
    name: 'flood_advertise6',
    command: () => ['atk6-flood_advertise6', DEVICE],
    attack: 'flood of NA from random MAC addresses',
    rfc: '6583',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'flood_advertise6 -k',
    command: () => ['atk6-flood_advertise6', '-k', DEVICE],
    attack: 'flood of NA from its MAC address that name others',
    rfc: '6583',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'flood_solicitate6',
    command: () => ['atk6-flood_solicitate6', DEVICE],
    attack: 'flood of NS from random MAC addresses',
    rfc: '6583',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'flood_rs6',
    command: () => ['atk6-flood_rs6', DEVICE],
    attack: 'flood of RS, each true',
    rfc: '6583',
    wrong: 'discovery-excess',
    stoppedBy: LIMIT,
  },
  {
    name: 'flood_mldrouter6',
    command: () => ['atk6-flood_mldrouter6', DEVICE],
    attack: 'flood of multicast router advertisements',
    rfc: '4286',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'fake_mld26 query',
    command: () => ['atk6-fake_mld26', DEVICE, 'query', ALL_NODES],
    attack: 'MLD query',
    rfc: '3810',
    wrong: 'imposture',
    stoppedBy: GUARD,
  },
  {
    name: 'smurf6',
    command: ({ victim }) => ['atk6-smurf6', '-i', 1000, DEVICE, victim.address],
    attack: "echo requests to all nodes in the victim's name",
    rfc: '4443 section 5.2',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'rsmurf6',
    command: ({ victim }) => ['atk6-rsmurf6', DEVICE, victim.address],
    attack: 'echo requests in the name of all nodes',
    rfc: '4443 section 5.2',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'toobig6',
    command: ({ victim, bystander }) => ['atk6-toobig6', DEVICE, victim.address, bystander.address, 1280],
    attack: "ICMPv6 error in the bystander's name that lowers the path MTU",
    rfc: '8201 section 6',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'flood_unreach6 -R',
    command: ({ victim }) => ['atk6-flood_unreach6', '-R', DEVICE, victim.address],
    attack: 'flood of ICMPv6 errors from random addresses',
    rfc: '4443 section 5.2',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'implementation6',
    command: ({ victim }) => ['atk6-implementation6', '-p', DEVICE, victim.address],
    attack: 'header chains that implementations stumble over',
    rfc: '',
    wrong: 'malice',
    stoppedBy: 'they pass, and do no harm',
  },
  {
    name: 'fragmentation6',
    command: ({ victim }) => ['atk6-fragmentation6', '-p', DEVICE, victim.address],
    attack: 'fragments that overlap, never end, or come in the wrong order',
    rfc: '5722, 8200',
    wrong: 'malice',
    stoppedBy: 'they pass, and do no harm',
  },
  {
    name: 'exploit6',
    command: ({ victim }) => ['atk6-exploit6', DEVICE, victim.address],
    attack: 'packets that once broke implementations',
    rfc: '',
    wrong: 'malice',
    stoppedBy: 'they pass but for what the guard drops, and do no harm',
  },
  {
    name: 'frag6 -F',
    command: ({ victim }) => ['frag6', '-i', DEVICE, '-d', victim.address, '-F', 500],
    attack: 'flood of fragments from random offsets that never make a packet',
    rfc: '8200 section 4.5',
    wrong: 'malice',
    stoppedBy: 'the receiver, which keeps only so many',
  },
];

/** Attacks on and by DHCPv6 servers. */
export const serverTools: readonly AttackTool[] = [
  {
    name: 'fake_dhcps6',
    command: () => ['atk6-fake_dhcps6', DEVICE, ROGUE.prefix, ROGUE.dns],
    attack: 'DHCPv6 Advertise and Reply in answer to clients',
    rfc: '7610, 8415',
    wrong: 'imposture',
    provoked: 'dhcpv6',
    stoppedBy: GUARD,
  },
  {
    name: 'fuzz_dhcpc6 -7',
    command: (roles) => ['atk6-fuzz_dhcpc6', '-7', '-v', victimOf(roles), DEVICE],
    attack: 'thousands of malformed DHCPv6 Replies to a client',
    rfc: '7610, 8415',
    wrong: 'imposture',
    stoppedBy: GUARD,
  },
  {
    name: 'fuzz_dhcps6 -m',
    command: () => ['atk6-fuzz_dhcps6', '-m', DEVICE],
    attack: 'thousands of malformed DHCPv6 messages to the server',
    rfc: '8415',
    wrong: 'dhcp-excess',
    stoppedBy: LIMIT,
  },
  {
    name: 'flood_dhcpc6',
    command: () => ['atk6-flood_dhcpc6', DEVICE],
    attack: 'flood of Solicits from random addresses, to exhaust the pool',
    rfc: '8415 section 22',
    wrong: 'imposture',
    stoppedBy: BOTH,
  },
  {
    name: 'flood_dhcpc6 -N',
    command: () => ['atk6-flood_dhcpc6', '-N', DEVICE],
    attack: 'flood of Solicits from its own address, each for another client',
    rfc: '8415 section 22',
    wrong: 'dhcp-excess',
    stoppedBy: LIMIT,
  },
];

/** All programs, by the use case that runs them. */
export const toolsByUseCase: Readonly<Record<string, readonly AttackTool[]>> = {
  'rogue-ra': routerTools,
  'nd-spoofing': [...neighbourTools, ...serverTools],
};
