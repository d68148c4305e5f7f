/** Floating IPs of one family for instances that have the other alone, by the translator on the gateway's host. */
import { Address, embedIpv4, type Family, Prefix } from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import { DhcpClient, ping, type TcpEcho, waitUntil } from '../../../lab/index.ts';
import {
  apiRefuses,
  configured,
  ipv4Of,
  ipv6Of,
  packetTooBig,
  pingFails,
  pingPasses,
  type Tenant,
  type Trial,
  tcpFails,
  tcpPasses,
  udpPasses,
} from '../../kit/index.ts';
import type { DualStackOutside } from '../outside-network.ts';
import { type EchoGuest, movedWithin, SETTLED_MS, showSource, TCP_PORT, tryMove } from './moves.ts';

/** For local use (RFC 8215): what is outside here is for tests alone. */
const NAT64 = Prefix.parse('64:ff9b:1::/96');
/** From which instances with IPv4 see those of IPv6. */
const CLIENTS = Address.parse('192.0.0.3');
/** A few segments: more of them is the use case ipv6-mostly's. */
const BULK = 1_000_000;
/** More than a packet, either way. */
const FRAGMENTED = 3_000;
const BIG_PACKET = 1_400;
/** Less than the other links'. */
const NARROW_MTU = 1_300;

interface Surroundings extends DualStackOutside {
  readonly tenant: Tenant;
  readonly router: Answered<'router'>;
  readonly echoBeyond: TcpEcho;
}

/** What is tried of a floating IP of a family. */
interface FamilyCrossing {
  readonly family: Family;
  readonly guests: readonly [EchoGuest, EchoGuest];
  readonly addressOf: (port: Answered<'port'>) => Address;
  /** The host beyond, as the instances know it. */
  readonly client: Address;
}

export async function tryOtherFamilies(trial: Trial, around: Surroundings): Promise<void> {
  const { tenant, router, hosts } = around;
  const six = await tenant.network('six');
  const four = await tenant.network('four');
  await tenant.attach(router, await tenant.subnet6(six, 'fd42:6::/64', 'slaac'));
  await tenant.attach(router, await tenant.subnet4(four, '10.42.4.0/24'));
  const start = async (name: string, network: Answered<'network'>, family: Family): Promise<EchoGuest> => {
    const port = await tenant.port(network);
    const instance = await trial.instance(name, port);
    if (family === 4) await DhcpClient.dhclient(instance.interface('eth0'), 'ipv4');
    else await configured([instance.interface('eth0'), ipv6Of(port)]);
    return { name, instance, port, echo: await trial.tcpEcho(instance, TCP_PORT) };
  };
  const sixes = [await start('six-one', six, 6), await start('six-two', six, 6)] as const;
  await tryLacking(trial, around, sixes[0]);
  await tenant.client.update('network', six.id, { nat64_prefix: `${NAT64}` });
  const client = embedIpv4(NAT64, hosts[4]);
  await tryCrossing(trial, around, { family: 4, guests: sixes, addressOf: ipv6Of, client });
  const fours = [await start('four-one', four, 4), await start('four-two', four, 4)] as const;
  await tryCrossing(trial, around, { family: 6, guests: fours, addressOf: ipv4Of, client: CLIENTS });
}

/** Without a prefix nobody outside would have an address inside. */
async function tryLacking(
  trial: Trial,
  { tenant, network, subnets }: Surroundings,
  { port }: EchoGuest,
): Promise<void> {
  const wish = { floating_network_id: network.id, subnet_id: subnets[4].id, port_id: port.id };
  const asked = () => tenant.make('floatingip', { ...wish, fixed_ip_address: `${ipv6Of(port)}` });
  trial.show(await apiRefuses({ what: 'IPv4 for IPv6 on a network without nat64_prefix' }, asked, 400));
}

async function tryCrossing(trial: Trial, around: Surroundings, crossing: FamilyCrossing): Promise<void> {
  const { tenant, network, subnets, outside, hosts } = around;
  const { family, guests, addressOf, client } = crossing;
  const [one, two] = guests;
  const core = family === 6;
  const how = family === 4 ? 'IPv4 for IPv6' : 'IPv6 for IPv4';
  const made = await tenant.make('floatingip', {
    ...{ floating_network_id: network.id, subnet_id: subnets[family].id },
  });
  const floating = Address.parse(made.floating_ip_address);
  trial.show(await pingFails({ what: `${how}: one that stands for nothing` }, outside.beyond, floating));
  await tenant.client.update('floatingip', made.id, {
    ...{ port_id: one.port.id, fixed_ip_address: `${addressOf(one.port)}` },
  });
  const received = async () => (await ping(outside.beyond, floating, { patienceMs: 500 })).received;
  await waitUntil(async () => (await received()) > 0, SETTLED_MS);
  const reached = { what: `${how}: a host beyond reaches the instance`, core };
  trial.show(await pingPasses(reached, outside.beyond, floating, { count: 10 }));
  trial.show(await tcpPasses({ what: `${how}: TCP`, core }, outside.beyond, floating, TCP_PORT, BULK));
  showSource(trial, { what: `${how}: the client, as the instance sees it`, core }, client, one.echo);
  const closed = { what: `${how}: TCP to a port that nobody serves there` };
  trial.show(await tcpFails(closed, outside.beyond, floating, TCP_PORT + 1));
  const udp = trial.udpEcho(one.instance, TCP_PORT);
  trial.show(await udpPasses({ what: `${how}: UDP` }, outside.beyond, floating, TCP_PORT));
  if (trial.hosts.length <= 1) {
    const fragments = { what: `${how}: UDP in fragments, there and back` };
    trial.show(await udpPasses(fragments, outside.beyond, floating, TCP_PORT, FRAGMENTED));
  }
  udp.stop();
  if (family === 4) await tryOutward(trial, around, floating, crossing);
  const at = { tenant, id: made.id, floating, from: outside.beyond, how, core };
  const from = { guest: one, fixed: addressOf(one.port) };
  await tryMove(trial, at, from, { guest: two, fixed: addressOf(two.port) });
  await tenant.client.update('floatingip', made.id, { port_id: null });
  await waitUntil(async () => (await received()) === 0, movedWithin(trial));
  trial.show(await pingFails({ what: `${how}: one that was taken off its port` }, outside.beyond, floating));
  trial.show(
    await pingPasses({ what: `${how}: the host beyond, all the same` }, outside.beyond, hosts[family]),
  );
}

/** What an instance with IPv6 alone begins by itself leaves with its floating IP. */
async function tryOutward(
  trial: Trial,
  { outside, echoBeyond }: Surroundings,
  floating: Address,
  { guests: [one], client }: FamilyCrossing,
): Promise<void> {
  const how = 'IPv4 for IPv6';
  trial.show(
    await tcpPasses(
      { what: `${how}: TCP from the instance to the host beyond` },
      ...([one.instance, client, TCP_PORT, BULK] as const),
    ),
  );
  const source = { what: `${how}: the instance, as the host beyond sees it`, core: false };
  showSource(trial, source, floating, echoBeyond);
  await outside.upstream.run('ip', 'link', 'set', 'eth1', 'mtu', `${NARROW_MTU}`);
  const tooBig = `${how}: a packet of ${BIG_PACKET} octets over a link outside with an MTU of ${NARROW_MTU}`;
  const size = { packetSize: BIG_PACKET, mtu: NARROW_MTU + 20 };
  trial.show(await packetTooBig({ what: tooBig }, one.instance, client, size));
  await outside.upstream.run('ip', 'link', 'set', 'eth1', 'mtu', '1500');
}
