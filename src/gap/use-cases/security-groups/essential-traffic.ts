/**
 * What IPv6 needs passes groups that let nothing in (RFC 4890 is the guide): addresses by RA and DHCPv6, neighbours,
 * errors about path MTU, answers of the network's services. What only looks like it does not.
 */

import { Address, linkLocalAddress } from '../../../addressing/index.ts';
import { type Capture, type InstanceInterface, type LabInstance, ping } from '../../../lab/index.ts';
import { frame, ipv6, tcpSyn, type UpperLayer, udp } from '../../../packets/index.ts';
import { arrivals, configured, ipv6Of, type Trial } from '../../kit/index.ts';

/** Where the services of a network are (docs/explanation/security-groups.md). */
const SERVICES = {
  linkLocal: Address.parse('fe80::a9fe:a9fe'),
  routable: Address.parse('fd00:a9fe:a9fe::254'),
};
/** IPv6 has no smaller one. */
const SMALL_MTU = 1280;
const TOO_BIG = 1400;
const PATIENCE_MS = 3_000;

interface Client {
  readonly kind: 'stateful' | 'stateless';
  readonly instance: LabInstance;
  readonly device: InstanceInterface;
  readonly address: Address;
  readonly capture: Capture;
}

/** Who sends to the clients. */
interface Sender {
  readonly device: InstanceInterface;
  readonly address: Address;
}

/** A packet to a client, and whose groups let it through. */
interface Packet {
  readonly name: string;
  readonly from: Sender;
  /** The sender's own address if not given. */
  readonly source?: Address;
  readonly upper: UpperLayer;
  readonly passes: readonly Client['kind'][];
}

export async function tryAnswers(trial: Trial): Promise<void> {
  const tenant = trial.tenant('answers');
  const network = await tenant.network('clients');
  const far = await tenant.network('far', 'tenant', { mtu: SMALL_MTU });
  const [near6, far6] = [
    await tenant.subnet6(network, 'fd14:2::/64', 'slaac'),
    await tenant.subnet6(far, 'fd14:3::/64', 'slaac'),
  ];
  await tenant.router('router', [near6, far6]);
  const boot = async (kind: Client['kind']): Promise<Client> => {
    const group = await tenant.make('security_group', { name: kind, stateful: kind === 'stateful' });
    const port = await tenant.port(network, { security_groups: [group.id] });
    const instance = await trial.instance(kind, port);
    const device = instance.interface('eth0');
    await configured([device, ipv6Of(port)]);
    return { kind, instance, device, address: ipv6Of(port), capture: trial.capture(device) };
  };
  const serverPort = await tenant.port(far);
  // Stands for the services, and for everybody else: nothing is checked of what it sends.
  const outsiderPort = await tenant.port(network, { security_groups: [], port_security_enabled: false });
  const [clients, peer, server, outsider] = await Promise.all([
    Promise.all([boot('stateful'), boot('stateless')]),
    boot('stateless'),
    trial.instance('server', serverPort),
    trial.unguardedInstance('outsider', outsiderPort),
  ]);
  await configured([server.interface('eth0'), ipv6Of(serverPort)]);
  for (const { kind, device, address } of clients) {
    trial.show({
      what: `an instance in a ${kind} group that lets nothing in`,
      expected: 'configures itself from router advertisements',
      seen: `it has ${address} and ${device.usable(6).length} such address in all`,
      ok: device.usable(6).some((own) => own.equals(address)),
      core: true,
    });
  }
  if (!trial.isSextant) {
    trial.leaveOut('services and errors that pass groups which let nothing in, unasked.');
    return;
  }
  await tryPackets(trial, clients, peer, {
    device: outsider.interface('eth0'),
    address: ipv6Of(outsiderPort),
  });
  for (const client of clients) await tryPathMtu(trial, client, ipv6Of(serverPort));
}

/** Each packet to each client, all at once. */
async function tryPackets(
  trial: Trial,
  clients: readonly Client[],
  peer: Sender,
  outsider: Sender,
): Promise<void> {
  const shipments = clients.flatMap((client) =>
    packets(peer, outsider).map(({ name, from, source = from.address, upper, passes }) => ({
      name,
      passes,
      client,
      from: from.device,
      frame: frame(from.device.mac, client.device.mac, ipv6(source, client.address, upper)),
      to: client.capture,
    })),
  );
  const welcome = shipments.filter(({ passes, client }) => passes.includes(client.kind));
  const arrived = await arrivals(
    welcome,
    shipments.filter((one) => !welcome.includes(one)),
  );
  for (const { kind } of clients) {
    const own = shipments.filter(({ client }) => client.kind === kind);
    const names = (some: typeof own) => some.map(({ name }) => name).join(', ');
    const [passing, stopped] = [
      own.filter((one) => welcome.includes(one)),
      own.filter((one) => !welcome.includes(one)),
    ];
    trial.show({
      what: `unasked, to a ${kind} group that lets nothing in`,
      expected: `passes: ${names(passing)}; not: ${names(stopped)}`,
      seen: `passes: ${names(own.filter((one) => arrived.has(one))) || 'nothing'}`,
      ok: passing.every((one) => arrived.has(one)) && !stopped.some((one) => arrived.has(one)),
      core: true,
    });
  }
}

/**
 * @param peer one in a stateless group: connection tracking would call errors about nothing invalid where they are sent
 * @param outsider may send whatever it likes
 */
function packets(peer: Sender, outsider: Sender): Packet[] {
  const stateless = ['stateless'] as const;
  const everybody = ['stateful', 'stateless'] as const;
  const datagram = (from: number, to: number) => udp(from, to, new Uint8Array(8));
  const icmp = (name: string, type: number, code = 0, passes: Packet['passes'] = []): Packet => {
    const message = { kind: 'other', type, code, body: new Uint8Array(60) } as const;
    return { name, from: peer, upper: { kind: 'icmpv6', message }, passes };
  };
  const packet = (
    name: string,
    source: Address,
    upper: UpperLayer,
    passes: Packet['passes'] = [],
  ): Packet => ({ name, from: outsider, source, upper, passes });
  const neighbour = linkLocalAddress(outsider.device.mac);
  const stranger = Address.parse('2001:db8::1');
  return [
    packet('DHCPv6 from a neighbour', neighbour, datagram(547, 546), everybody),
    packet('DHCPv6 from afar', stranger, datagram(547, 546)),
    packet('UDP 547 to 545', neighbour, datagram(547, 545)),
    packet('UDP 548 to 546', neighbour, datagram(548, 546)),
    icmp('unreachable', 1, 4, stateless),
    icmp('too big', 2, 0, stateless),
    icmp('time exceeded', 3, 0, stateless),
    icmp('parameter problem', 4, 1, stateless),
    icmp('echo request', 128),
    icmp('echo reply', 129),
    icmp('node information', 139),
    packet('metadata', SERVICES.linkLocal, tcpSyn(80, 50_014), stateless),
    packet('routable metadata', SERVICES.routable, tcpSyn(80, 50_014), stateless),
    packet('DNS', SERVICES.routable, datagram(53, 50_014), stateless),
    packet('another port of the services', SERVICES.routable, tcpSyn(81, 50_014)),
    packet('port 80 of somebody else', stranger, tcpSyn(80, 50_014)),
  ];
}

/** What does not fit into the next link: the router's Packet Too Big gets to the client. */
async function tryPathMtu(trial: Trial, { kind, instance }: Client, server: Address): Promise<void> {
  const options = { packetSize: TOO_BIG, unfragmented: true, patienceMs: PATIENCE_MS };
  const { errors } = await ping(instance, server, options);
  trial.show({
    what: `a packet of ${TOO_BIG} octets by a client in a ${kind} group, to where ${SMALL_MTU} fit`,
    expected: 'the router says so',
    seen: errors.join('; ') || 'silence',
    ok: errors.some((error) => error.includes(`mtu=${SMALL_MTU}`)),
    core: true,
  });
}
