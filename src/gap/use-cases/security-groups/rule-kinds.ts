/** For each kind of security group rule the packets that it lets through, and their neighbours that it does not. */

import { Address, type Family, Mac } from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import type { InstanceInterface } from '../../../lab/index.ts';
import { type Frame, frame, ipv4, ipv6, tcpSyn, type UpperLayer, udp } from '../../../packets/index.ts';
import {
  arrivals,
  type Evidence,
  ipv4Of,
  ipv6Of,
  type Rule,
  type Tenant,
  type Trial,
} from '../../kit/index.ts';

/** One kind of rule: alone in its group, on a port of its own. */
interface Kind {
  readonly what: string;
  /** `remote` is in place of the group that the sending `member` is in, or of one that has its addresses. */
  readonly rule: Rule & { readonly remote?: 'members' | 'addresses' };
  /** Conntrack takes no other ICMPv6 message than an echo request for the beginning of a flow. */
  readonly stateless?: true;
  readonly passes: readonly Packet[];
  readonly stopped: readonly Packet[];
}

interface Packet {
  readonly name: string;
  readonly family: Family;
  readonly upper: UpperLayer;
  readonly sender: Sender;
}

type Sender = 'member' | 'stranger';

const SENDERS = {
  member: { 4: Address.parse('10.14.0.10'), 6: Address.parse('fd14::a:1') },
  stranger: { 4: Address.parse('10.14.0.100'), 6: Address.parse('fd14::b:1') },
} as const;
/** Only the member's addresses are in there. */
const MEMBERS = { 4: '10.14.0.8/29', 6: 'fd14::a:0/112' } as const;
const SOURCE_PORT = 50_014;

const packet = (name: string, family: Family, upper: UpperLayer): Packet => ({
  name: `${name} over IPv${family}`,
  family,
  upper,
  sender: 'member',
});
const tcp = (port: number, family: Family = 6): Packet =>
  packet(`TCP ${port}`, family, tcpSyn(SOURCE_PORT, port));
const udpTo = (port: number, family: Family = 6): Packet =>
  packet(`UDP ${port}`, family, udp(SOURCE_PORT, port, new Uint8Array(8)));
const protocol = (number: number): Packet =>
  packet(`protocol ${number}`, 6, { kind: 'octets', protocol: number, octets: new Uint8Array(8) });
const icmpv6 = (type: number, code = 0): Packet =>
  packet(`ICMP ${type}/${code}`, 6, { kind: 'icmpv6', message: message(type, code) });
const icmpv4 = (type: number, code = 0): Packet =>
  packet(`ICMP ${type}/${code}`, 4, { kind: 'icmpv4', message: message(type, code) });
const message = (type: number, code: number) =>
  ({ kind: 'other', type, code, body: new Uint8Array(12) }) as const;
const byStranger = (one: Packet): Packet => ({
  ...one,
  name: `${one.name} from a stranger`,
  sender: 'stranger',
});

const ECHO = icmpv6(128);

const kinds: readonly Kind[] = [
  { what: 'ICMPv6', rule: { protocol: 'ipv6-icmp' }, passes: [ECHO], stopped: [tcp(58), udpTo(58)] },
  {
    what: 'ICMPv6 type 128',
    rule: { protocol: 'ipv6-icmp', port_range_min: 128 },
    passes: [ECHO],
    stopped: [tcp(128), udpTo(128)],
  },
  {
    what: 'ICMPv6 type 128 code 0',
    rule: { protocol: 'ipv6-icmp', port_range_min: 128, port_range_max: 0 },
    passes: [ECHO],
    stopped: [tcp(128), udpTo(128)],
  },
  {
    what: 'ICMPv6 type 139, stateless',
    rule: { protocol: 'ipv6-icmp', port_range_min: 139 },
    stateless: true,
    passes: [icmpv6(139), icmpv6(139, 1)],
    stopped: [icmpv6(140), ECHO, icmpv6(129)],
  },
  {
    what: 'ICMPv6 type 139 code 1, stateless',
    rule: { protocol: 'ipv6-icmp', port_range_min: 139, port_range_max: 1 },
    stateless: true,
    passes: [icmpv6(139, 1)],
    stopped: [icmpv6(139), icmpv6(139, 2), icmpv6(140, 1), ECHO],
  },
  {
    what: 'TCP port 8080',
    rule: { protocol: 'tcp', port_range_min: 8080, port_range_max: 8080 },
    passes: [tcp(8080)],
    stopped: [tcp(8079), tcp(8081), udpTo(8080), tcp(8080, 4)],
  },
  {
    what: 'TCP ports 8001 to 8010',
    rule: { protocol: 'tcp', port_range_min: 8001, port_range_max: 8010 },
    passes: [tcp(8001), tcp(8005), tcp(8010)],
    stopped: [tcp(8000), tcp(8011)],
  },
  {
    what: 'UDP ports 5353 to 5355',
    rule: { protocol: 'udp', port_range_min: 5353, port_range_max: 5355 },
    passes: [udpTo(5353), udpTo(5355)],
    stopped: [udpTo(5352), udpTo(5356), tcp(5353)],
  },
  {
    what: 'protocol number 112',
    rule: { protocol: '112' },
    passes: [protocol(112)],
    stopped: [protocol(111), protocol(113), tcp(112)],
  },
  {
    what: `remote prefix ${MEMBERS[6]}`,
    rule: { remote_ip_prefix: MEMBERS[6] },
    passes: [tcp(80), ECHO],
    stopped: [byStranger(tcp(80)), byStranger(ECHO)],
  },
  {
    what: 'remote group',
    rule: { remote: 'members' },
    passes: [tcp(80), ECHO],
    stopped: [byStranger(tcp(80)), byStranger(ECHO), tcp(80, 4)],
  },
  {
    what: 'address group',
    rule: { remote: 'addresses' },
    passes: [tcp(80), ECHO],
    stopped: [byStranger(tcp(80)), byStranger(ECHO), tcp(80, 4)],
  },
  {
    what: 'address group, TCP port 8080',
    rule: { remote: 'addresses', protocol: 'tcp', port_range_min: 8080, port_range_max: 8080 },
    passes: [tcp(8080)],
    stopped: [tcp(8081), udpTo(8080), byStranger(tcp(8080))],
  },
  {
    what: 'address group, IPv4',
    rule: { remote: 'addresses', ethertype: 'IPv4' },
    passes: [tcp(80, 4), icmpv4(8)],
    stopped: [byStranger(tcp(80, 4)), byStranger(icmpv4(8)), tcp(80)],
  },
  {
    what: 'any protocol, IPv6',
    rule: {},
    passes: [tcp(80), udpTo(80), ECHO, protocol(112), byStranger(tcp(80))],
    stopped: [tcp(80, 4), icmpv4(8)],
  },
  {
    what: 'TCP port 8080, IPv4',
    rule: { ethertype: 'IPv4', protocol: 'tcp', port_range_min: 8080, port_range_max: 8080 },
    passes: [tcp(8080, 4)],
    stopped: [tcp(8079, 4), tcp(8081, 4), udpTo(8080, 4), tcp(8080)],
  },
  {
    what: 'UDP port 5353, IPv4',
    rule: { ethertype: 'IPv4', protocol: 'udp', port_range_min: 5353, port_range_max: 5353 },
    passes: [udpTo(5353, 4)],
    stopped: [udpTo(5352, 4), tcp(5353, 4), udpTo(5353)],
  },
  {
    what: 'ICMP type 8',
    rule: { ethertype: 'IPv4', protocol: 'icmp', port_range_min: 8 },
    passes: [icmpv4(8)],
    stopped: [tcp(8, 4), ECHO],
  },
  {
    what: `remote prefix ${MEMBERS[4]}`,
    rule: { ethertype: 'IPv4', remote_ip_prefix: MEMBERS[4] },
    passes: [tcp(80, 4), icmpv4(8)],
    stopped: [byStranger(tcp(80, 4)), byStranger(icmpv4(8)), tcp(80)],
  },
];

/** Tries all kinds at once: two instances, one that sends and one that has a port for each kind. */
export async function tryRuleKinds(trial: Trial): Promise<void> {
  const tenant = trial.tenant('rules');
  const network = await tenant.network('rules');
  await tenant.subnet6(network, 'fd14::/64');
  await tenant.subnet4(network, '10.14.0.0/24');
  // Groups without state, so that nothing but the receiver's group decides.
  const members = await statelessGroup(tenant, 'members');
  const strangers = await statelessGroup(tenant, 'strangers');
  const remotes: Record<NonNullable<Kind['rule']['remote']>, Rule> = {
    members: { remote_group_id: members.id },
    addresses: {},
  };
  if (trial.can('address_group')) {
    const listed = [`${SENDERS.member[6]}/128`, MEMBERS[4], '2001:db8::/32'];
    const { id } = await tenant.make('address_group', { name: 'addresses', addresses: listed });
    remotes.addresses = { remote_address_group_id: id };
  } else trial.couldNotTry('The API has no address groups.');
  const tried = kinds.filter(({ rule }) => rule.remote !== 'addresses' || trial.can('address_group'));
  const senderPort = (name: Sender, group: Answered<'security_group'>) =>
    tenant.port(network, {
      fixed_ips: [SENDERS[name][6], SENDERS[name][4]].map((address) => ({ ip_address: `${address}` })),
      security_groups: [group.id],
    });
  const receiverPort = async ({ what, rule, stateless }: Kind) => {
    const group = await (stateless ? statelessGroup(tenant, what) : tenant.securityGroup(what, []));
    const { remote, ...rest } = rule;
    const made = await tenant.allow(group, { ...rest, ...(remote && remotes[remote]) });
    // An address group goes before the security groups, and not while a rule has it.
    if (remote === 'addresses') tenant.removeLater('security_group_rule', made.id);
    return tenant.port(network, { security_groups: [group.id] });
  };
  const member = await senderPort('member', members);
  const stranger = await senderPort('stranger', strangers);
  const ports = await Promise.all(tried.map(receiverPort));
  const [sender, receiver] = await Promise.all([
    trial.instance('sender', member, stranger),
    trial.instance('receiver', ...ports),
  ]);
  const devices: Record<Sender, InstanceInterface> = {
    member: sender.interface('eth0'),
    stranger: sender.interface('eth1'),
  };
  const attempts = tried.map(({ what, rule, stateless, passes, stopped }, index) => {
    const to = trial.capture(receiver.interface(`eth${index}`));
    const ship = (one: Packet) => {
      const from = devices[one.sender];
      return { name: one.name, from, frame: frameOf(one, from.mac, ports[index]!), to };
    };
    return { what, rule, stateless, to, passes: passes.map(ship), stopped: stopped.map(ship) };
  });
  const arrived = await arrivals(
    attempts.flatMap(({ passes }) => passes),
    attempts.flatMap(({ stopped }) => stopped),
  );
  for (const [index, { what, rule, stateless, to, passes, stopped }] of attempts.entries()) {
    const names = (shipments: typeof passes) => shipments.map(({ name }) => name).join(', ');
    const evidence: Evidence = {
      what: `rule for ${what}`,
      expected: `passes: ${names(passes)}; not: ${names(stopped)}`,
      seen: `passes: ${names([...passes, ...stopped].filter((one) => arrived.has(one))) || 'nothing'}`,
      ok: passes.every((one) => arrived.has(one)) && !stopped.some((one) => arrived.has(one)),
      // Without address groups, and where all groups have state, the others are groups still.
      core: rule.remote !== 'addresses' && !stateless,
    };
    trial.show(await trial.proven(evidence, to, `rule-${index + 1}`));
  }
}

const statelessGroup = (tenant: Tenant, name: string): Promise<Answered<'security_group'>> =>
  tenant.make('security_group', { name, stateful: false });

function frameOf({ family, upper, sender }: Packet, source: Mac, to: Answered<'port'>): Frame {
  const from = SENDERS[sender][family];
  const packet = family === 6 ? ipv6(from, ipv6Of(to), upper) : ipv4(from, ipv4Of(to), upper);
  return frame(source, Mac.parse(to.mac_address), packet);
}
