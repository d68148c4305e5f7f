/** Programs that attack routers' place: router advertisements and redirects. */
import { ALL_NODES } from '../../../../packets/index.ts';
import { type AttackTool, DEVICE, ROGUE, routerOf, STOPPED } from './attack-tool.ts';

/** What is beyond the router. */
const ELSEWHERE = '2001:db8:e15e::1';

/** thc-ipv6 puts `atk6-` before its programs' names on Debian. */
const rogue26 = (evasion: string, attack: string, rfc: string): AttackTool => ({
  name: `fake_router26 -E ${evasion}`,
  command: () => ['atk6-fake_router26', '-E', evasion, '-A', ROGUE.prefix, DEVICE],
  attack: `RA ${attack}`,
  rfc,
  wrong: 'imposture',
  stoppedBy: STOPPED.guard,
});

export const routerTools: readonly AttackTool[] = [
  {
    name: 'fake_router26',
    command: () => ['atk6-fake_router26', '-A', ROGUE.prefix, '-D', ROGUE.dns, '-M', '1280', DEVICE],
    attack: 'RA with a prefix, a DNS server and an MTU',
    rfc: '6105',
    wrong: 'imposture',
    stoppedBy: STOPPED.guard,
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
    stoppedBy: STOPPED.both,
  },
  {
    name: 'fake_router6',
    command: () => ['atk6-fake_router6', DEVICE, ROGUE.prefix, ROGUE.dns],
    attack: 'RA with a prefix, a route and a DNS server',
    rfc: '6105',
    wrong: 'imposture',
    stoppedBy: STOPPED.guard,
  },
  {
    name: 'kill_router6',
    command: (roles) => ['atk6-kill_router6', DEVICE, routerOf(roles)],
    attack: "RA in the router's name that ends its lifetime",
    rfc: '6105',
    wrong: 'imposture',
    stoppedBy: STOPPED.both,
  },
  {
    name: 'flood_router26',
    command: () => ['atk6-flood_router26', DEVICE],
    attack: 'flood of RA from random addresses, some 50 prefixes and routes in each',
    rfc: '6104, 6105',
    wrong: 'imposture',
    floods: true,
    stoppedBy: STOPPED.both,
  },
  {
    name: 'flood_router26 -F',
    command: () => ['atk6-flood_router26', '-F', DEVICE],
    attack: 'flood of RA in fragments',
    rfc: '7113, 6980',
    wrong: 'imposture',
    floods: true,
    stoppedBy: STOPPED.both,
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
    stoppedBy: STOPPED.guard,
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
    stoppedBy: STOPPED.guard,
  },
  {
    name: 'ra6 -F',
    command: () => ['ra6', '-i', DEVICE, '-d', ALL_NODES, '-F', 20, '-f', 5, '-e'],
    attack: 'RA from many addresses',
    rfc: '6104, 6105',
    wrong: 'imposture',
    stoppedBy: STOPPED.both,
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
    stoppedBy: STOPPED.both,
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
    stoppedBy: STOPPED.both,
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
    stoppedBy: STOPPED.both,
  },
  {
    name: 'flood_redir6',
    command: (roles) => [
      ...['atk6-flood_redir6', DEVICE, roles.victim.address, routerOf(roles), roles.attacker.address],
    ],
    attack: "flood of redirects in the router's name",
    rfc: '4861 section 8',
    wrong: 'imposture',
    floods: true,
    stoppedBy: STOPPED.both,
  },
];
