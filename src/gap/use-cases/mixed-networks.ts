/** Four interfaces on one instance, IPv4 and IPv6 in every mix. */

import { type Address, linkLocalAddress, Mac } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import {
  type Capture,
  DhcpClient,
  type InstanceInterface,
  type LabInstance,
  type Observation,
} from '../../lab/index.ts';
import { frame, ipv6, udp } from '../../packets/index.ts';
import {
  addressAppears,
  addressesOfPort,
  arrivals,
  configured,
  defineUseCase,
  describeAddresses,
  type Evidence,
  ipv6Of,
  pingPasses,
  sourceChosen,
  type Trial,
  tcpPasses,
} from '../kit/index.ts';

const ECHO_PORT = 7017;
const TCP_OCTETS = 50_000;

export const mixedNetworksUseCase = defineUseCase({
  id: 'mixed-networks',
  title: 'Several IPv4 and IPv6 networks on one instance, also several of the same kind',
  claim: 'yes',
  missing: [],
  async gather(trial) {
    const { one, peer, far } = await start(trial);
    await tryAddresses(trial, one, peer, far);
    await tryNeighbours(trial, one, peer);
    await tryFar(trial, one, far);
    trial.show(await noForeignSources(one));
    await tryWrongWay(trial, one, peer);
  },
});

/** The networks of an instance, in the order of its devices. */
const KINDS = [
  'IPv4 network',
  'IPv6 network, SLAAC on a VLAN',
  'IPv6 network, DHCPv6',
  'network of both',
] as const;
/** The device that the default route is on. */
const LEADING_OUT = 3;

interface GuestInterface {
  readonly what: string;
  readonly device: InstanceInterface;
  readonly port: Answered<'port'>;
  readonly addresses: readonly Address[];
  /** From before the device was up. */
  readonly capture: Capture;
}

interface Guest {
  readonly instance: LabInstance;
  readonly interfaces: readonly GuestInterface[];
}

/** Two instances on the same four networks, and one behind the router. */
async function start(trial: Trial): Promise<{ one: Guest; peer: Guest; far: Guest }> {
  const tenant = trial.tenant('red');
  const networks = [
    await tenant.network('ipv4'),
    await tenant.network('slaac', 'vlan'),
    await tenant.network('stateful'),
    await tenant.network('both'),
  ] as const;
  const [ipv4, slaac, stateful, both] = networks;
  const farNetwork = await tenant.network('far');
  await tenant.router('router', [
    await tenant.subnet4(ipv4, '10.17.0.0/24'),
    await tenant.subnet6(slaac, 'fd17:1::/64', 'slaac'),
    await tenant.subnet6(stateful, 'fd17:2::/64', 'dhcpv6-stateful'),
    await tenant.subnet6(both, 'fd17:3::/64', 'slaac'),
    await tenant.subnet6(both, '2001:db8:17:3::/64', 'slaac'),
    await tenant.subnet4(both, '10.17.3.0/24'),
    await tenant.subnet6(farNetwork, 'fd17:f::/64', 'slaac'),
    await tenant.subnet6(farNetwork, '2001:db8:17:f::/64', 'slaac'),
  ]);
  const boot = async (name: string, ...on: readonly Answered<'network'>[]): Promise<Guest> => {
    const ports: Answered<'port'>[] = [];
    for (const network of on) ports.push(await tenant.port(network));
    const instance = await trial.bareInstance(name, ...ports);
    const interfaces = ports.map((port, index): GuestInterface => {
      const device = instance.interface(`eth${index}`);
      const capture = trial.capture(device);
      return { what: KINDS[index]!, device, port, addresses: addressesOfPort(port), capture };
    });
    return { instance, interfaces };
  };
  const [one, peer, far] = await Promise.all([
    boot('one', ...networks),
    boot('peer', ...networks),
    boot('far', farNetwork),
  ]);
  for (const { device } of far.interfaces) device.up();
  for (const { interfaces } of [one, peer]) {
    for (const [index, { device }] of interfaces.entries()) {
      // As on any host with several ways out, whoever runs it says which one it takes.
      device.setIpv6('accept_ra_defrtr', index === LEADING_OUT ? 1 : 0);
      device.up();
    }
    await DhcpClient.dhclient(interfaces[0]!.device, 'ipv4');
    await DhcpClient.dhclient(interfaces[2]!.device, 'stateful');
    await DhcpClient.dhclient(interfaces[3]!.device, 'ipv4');
  }
  return { one, peer, far };
}

/** Each device gets the addresses of its own port, and no other. */
async function tryAddresses(trial: Trial, one: Guest, ...others: readonly Guest[]): Promise<void> {
  for (const { what, device, addresses } of one.interfaces) {
    for (const address of addresses) {
      const purpose = { what: `${what}: IPv${address.family} address`, core: true };
      trial.show(await addressAppears(purpose, device, address));
    }
  }
  await configured(
    ...others.flatMap(({ interfaces }) =>
      interfaces.flatMap(({ device, addresses }) => addresses.map((address) => [device, address] as const)),
    ),
  );
  const inOrder = (addresses: readonly Address[]): string => addresses.map(String).sort().join();
  trial.show({
    what: 'addresses of the four devices',
    expected: one.interfaces.map(({ addresses }) => addresses.join(' ')).join(' / '),
    seen: one.interfaces.map(({ device }) => describeAddresses(device)).join(' / '),
    ok: one.interfaces.every(
      ({ device, addresses }) => inOrder([...device.usable(4), ...device.usable(6)]) === inOrder(addresses),
    ),
  });
}

/** In each network the peer is reached, from the address of that network. */
async function tryNeighbours(trial: Trial, one: Guest, peer: Guest): Promise<void> {
  const echo = trial.udpEcho(peer.instance, ECHO_PORT);
  await trial.tcpEcho(peer.instance, ECHO_PORT);
  for (const [index, { what, device, addresses }] of one.interfaces.entries()) {
    const there = peer.interfaces[index]!;
    for (const target of there.addresses) {
      const own = addresses.filter((address) => isAlike(address, target));
      const to = { target, echo, port: ECHO_PORT };
      trial.show(
        await sourceChosen(
          { what: `${what}: source chosen for ${target}`, core: true },
          one.instance,
          to,
          own,
        ),
      );
      trial.show(
        await tcpPasses(
          { what: `${what}: TCP to ${target}`, core: true },
          one.instance,
          target,
          ECHO_PORT,
          TCP_OCTETS,
        ),
      );
    }
    const linkLocal = linkLocalAddress(there.device.mac);
    if (addresses.some(({ family }) => family === 6)) {
      const purpose = { what: `${what}: ping to the peer's link-local address` };
      const evidence = await pingPasses(purpose, one.instance, linkLocal, { device: device.device });
      const isLocal = ({ frame: { network } }: Observation): boolean =>
        network.kind === 'ipv6' && network.source.isLinkLocal;
      trial.show(await trial.proven(evidence, there.capture, `link-local-${index + 1}`, isLocal));
    }
  }
}

/** Of the same family and, in IPv6, both unique local or both global. */
const isAlike = (one: Address, other: Address): boolean =>
  one.family === other.family && one.isUniqueLocal === other.isUniqueLocal;

/** Beyond the router, the address is the one of the way out that is of the destination's kind (RFC 6724 rule 6). */
async function tryFar(trial: Trial, one: Guest, far: Guest): Promise<void> {
  const echo = trial.udpEcho(far.instance, ECHO_PORT);
  const { addresses } = one.interfaces[LEADING_OUT]!;
  for (const target of far.interfaces[0]!.addresses) {
    const right = addresses.filter((address) => isAlike(address, target));
    const what = `source chosen for ${target}, behind the router`;
    trial.show(
      await sourceChosen({ what, core: true }, one.instance, { target, echo, port: ECHO_PORT }, right),
    );
  }
}

/** The address of one network does not get out into another, though the instance has both. */
async function tryWrongWay(trial: Trial, one: Guest, peer: Guest): Promise<void> {
  const [slaac, stateful] = [one.interfaces[1]!, one.interfaces[2]!];
  const there = peer.interfaces[2]!;
  const send = (source: Address) => ({
    from: stateful.device,
    frame: frame(
      stateful.device.mac,
      Mac.parse(there.port.mac_address),
      ipv6(source, ipv6Of(there.port), udp(ECHO_PORT, ECHO_PORT, new Uint8Array(8))),
    ),
    to: there.capture,
  });
  const [right, wrong] = [send(ipv6Of(stateful.port)), send(ipv6Of(slaac.port))];
  const arrived = await arrivals([right], [wrong]);
  const say = (shipment: typeof right) => (arrived.has(shipment) ? 'arrives' : 'does not');
  trial.show({
    what: 'a datagram from the address of its network, and one from the address of another',
    expected: 'the first arrives, the second does not',
    seen: `the first ${say(right)}, the second ${say(wrong)}`,
    ok: arrived.has(right) && !arrived.has(wrong),
    core: true,
  });
}

/** What the kernel sent by each device bore an address of that device's port, whatever it was for. */
async function noForeignSources({ interfaces }: Guest): Promise<Evidence> {
  let packets = 0;
  const foreign: string[] = [];
  for (const { device, addresses, capture } of interfaces) {
    await capture.settle();
    for (const { outgoing, frame } of capture.observations) {
      if (!outgoing || frame.network.kind === 'arp' || frame.network.kind === 'octets') continue;
      packets++;
      const { source } = frame.network;
      const own = source.isLinkLocal || source.isUnspecified || addresses.some((one) => one.equals(source));
      if (!own) foreign.push(`${source} by ${device.device}`);
    }
  }
  return {
    what: 'source addresses of all that the instance sent by its four devices',
    expected: "each device's own",
    seen: `${packets} packets, ${[...new Set(foreign)].join(', ') || 'none'} with another's`,
    ok: packets > 0 && foreign.length === 0,
  };
}
