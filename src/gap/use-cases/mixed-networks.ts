/** Four interfaces on one instance, IPv4 and IPv6 in every mix. */
import type { Address } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import { DhcpClient } from '../../lab/clients/dhcp-client.ts';
import type { Instance } from '../../lab/instance/instance.ts';
import type { UdpEcho } from '../../lab/probes/udp.ts';
import { udpProbe } from '../../lab/probes/udp.ts';
import { addressesOf, ipv6Of } from '../addresses.ts';
import type { Evidence } from '../evidence.ts';
import { addressAppears, configured, describeAddresses, pingFails } from '../probes.ts';
import type { Trial } from '../trial.ts';
import type { UseCase } from '../use-case.ts';

const ECHO_PORT = 7018;
const PATIENCE_MS = 3_000;

export const mixedNetworks: UseCase = {
  id: 'mixed-networks',
  title: 'Several IPv4 and IPv6 networks on one instance, also several of the same kind',
  claim: 'yes',
  missing: [],
  gather,
};

/** The instance's networks: one of IPv4 alone, two of IPv6 alone (a VLAN by SLAAC, and by DHCPv6), one of both. */
async function gather(trial: Trial): Promise<void> {
  const tenant = trial.tenant('red');
  const networks = [
    await tenant.network('ipv4'),
    await tenant.network('slaac', 'vlan'),
    await tenant.network('stateful'),
    await tenant.network('both'),
  ] as const;
  const [ipv4, slaac, stateful, both] = networks;
  const far = await tenant.network('far');
  await tenant.router('router', [
    await tenant.subnet4(ipv4, '10.18.0.0/24'),
    await tenant.subnet6(slaac, 'fd18:1::/64', 'slaac'),
    await tenant.subnet6(stateful, 'fd18:2::/64', 'dhcpv6-stateful'),
    await tenant.subnet6(both, 'fd18:3::/64', 'slaac'),
    await tenant.subnet4(both, '10.18.3.0/24'),
    await tenant.subnet6(far, 'fd18:4::/64', 'slaac'),
  ]);
  const boot = async (name: string): Promise<Host> => {
    const ports = [];
    for (const network of networks) ports.push(await tenant.port(network));
    const instance = await trial.instance(name, ...ports);
    await Promise.all([
      DhcpClient.dhclient(instance.interface('eth0'), 'ipv4'),
      DhcpClient.dhclient(instance.interface('eth2'), 'stateful'),
      DhcpClient.dhclient(instance.interface('eth3'), 'ipv4'),
    ]);
    return { instance, ports };
  };
  const farPort = await tenant.port(far);
  const [one, peer, beyond] = await Promise.all([boot('one'), boot('peer'), trial.instance('far', farPort)]);
  for (const [index, port] of one.ports.entries()) {
    for (const address of addressesOf(port)) {
      const what = `${KINDS[index]}: IPv${address.family} address`;
      trial.show(await addressAppears({ what, core: true }, one.instance.interface(`eth${index}`), address));
    }
  }
  await configured(
    ...peer.ports.flatMap((port, index) =>
      addressesOf(port).map((address) => [peer.instance.interface(`eth${index}`), address] as const),
    ),
    [beyond.interface('eth0'), ipv6Of(farPort)],
  );
  trial.show(noOthers(one));

  const echo = trial.udpEcho(peer.instance, ECHO_PORT);
  for (const [index, port] of peer.ports.entries()) {
    for (const target of addressesOf(port)) {
      const own = addressesOf(one.ports[index]!).find(({ family }) => family === target.family)!;
      const what = `${KINDS[index]}: IPv${target.family} to the peer there`;
      trial.show({ ...(await sourceSeen(what, one.instance, target, echo, [own])), core: true });
    }
  }
  const all = one.ports.flatMap(addressesOf).filter(({ family }) => family === 6);
  const farEcho = trial.udpEcho(beyond, ECHO_PORT);
  trial.show(
    await sourceSeen('to an instance behind the router', one.instance, ipv6Of(farPort), farEcho, all),
  );
  const wrongWay = { what: "the address of one network as source on another's device" };
  trial.show(
    await pingFails(wrongWay, one.instance, ipv6Of(peer.ports[2]!), {
      source: ipv6Of(one.ports[1]!),
      device: 'eth2',
    }),
  );
}

const KINDS = [
  'IPv4 network',
  'IPv6 network, SLAAC on a VLAN',
  'IPv6 network, DHCPv6',
  'network of both',
] as const;

interface Host {
  readonly instance: Instance;
  readonly ports: readonly Answered<'port'>[];
}

/** A datagram that comes back, and what the other side saw as its source: nobody but the instance's kernel chose it. */
async function sourceSeen(
  what: string,
  from: Instance,
  target: Address,
  echo: UdpEcho,
  right: readonly Address[],
): Promise<Evidence> {
  const before = echo.clients.length;
  const answered = await udpProbe(from, target, ECHO_PORT, { patience: PATIENCE_MS });
  const source = echo.clients[before];
  return {
    what,
    expected: `an answer, from source ${right.join(' or ')}`,
    seen: source === undefined ? 'silence' : `source ${source}, ${answered ? 'answered' : 'no answer'}`,
    ok: answered && source !== undefined && right.some((address) => address.equals(source)),
  };
}

/** Each device has the addresses of its own port, and no other. */
function noOthers({ instance, ports }: Host): Evidence {
  const devices = ports.map((_, index) => instance.interface(`eth${index}`));
  const ok = devices.every((device, index) => {
    const own = addressesOf(ports[index]!).map(String).sort();
    return [...device.usable(4), ...device.usable(6)].map(String).sort().join() === own.join();
  });
  return {
    what: 'addresses of the four devices',
    expected: ports.map((port) => addressesOf(port).join(' ')).join(' / '),
    seen: devices.map(describeAddresses).join(' / '),
    ok,
  };
}
