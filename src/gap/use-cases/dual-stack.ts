/** Both families: on one interface with two subnets, and on two interfaces. */
import type { Address } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import { DhcpClient, type LabInstance } from '../../lab/index.ts';
import {
  addressAppears,
  type Carrier,
  configured,
  defineUseCase,
  describeAddresses,
  ipv4Of,
  ipv6Of,
  pingPasses,
  type Trial,
  tcpPasses,
  udpPasses,
} from '../kit/index.ts';

const ECHO_PORT = 7008;

export const dualStackUseCase = defineUseCase({
  id: 'dual-stack',
  title: 'Both families on one interface (two subnets), and on two interfaces',
  claim: 'yes',
  missing: [],
  async gather(trial) {
    await trial.each(['tenant', 'vlan', 'two interfaces'] as const, async (part, setting) => {
      if (setting === 'two interfaces') {
        await tryTwoInterfaces(part, await startOnTwoInterfaces(part));
      } else {
        const where = `one interface, ${setting === 'vlan' ? 'VLAN' : 'tenant'} network`;
        await tryOneInterface(part, where, await startOnOneInterface(part, setting));
      }
    });
  },
});

interface Guest {
  readonly instance: LabInstance;
  readonly address4: Address;
  readonly address6: Address;
}

/** Two instances with IPv4 by DHCP and IPv6 by SLAAC on the same device. */
async function startOnOneInterface(trial: Trial, carrier: Carrier): Promise<Guest[]> {
  const tenant = trial.tenant(`one-${carrier}`);
  const network = await tenant.network('both', carrier);
  const subnets = [
    await tenant.subnet4(network, '10.8.0.0/24'),
    await tenant.subnet6(network, 'fd08::/64', 'slaac'),
  ];
  await tenant.router('router', subnets);
  return startPair(async (name) => {
    const port = await tenant.port(network);
    const instance = await trial.instance(name, port);
    await DhcpClient.dhclient(instance.interface('eth0'), 'ipv4');
    return guest(instance, port, port);
  });
}

/** Two instances with IPv4 on one device, and IPv6 by DHCPv6 on another. */
async function startOnTwoInterfaces(trial: Trial): Promise<Guest[]> {
  const tenant = trial.tenant('two');
  const [network4, network6] = [await tenant.network('ipv4'), await tenant.network('ipv6')];
  const subnet4 = await tenant.subnet4(network4, '10.8.0.0/24');
  const subnet6 = await tenant.subnet6(network6, 'fd08::/64', 'dhcpv6-stateful');
  await tenant.router('router', [subnet4, subnet6]);
  return startPair(async (name) => {
    const [port4, port6] = [await tenant.port(network4), await tenant.port(network6)];
    const instance = await trial.instance(name, port4, port6);
    await DhcpClient.dhclient(instance.interface('eth0'), 'ipv4');
    await DhcpClient.dhclient(instance.interface('eth1'), 'stateful');
    return guest(instance, port4, port6);
  });
}

const startPair = (start: (name: string) => Promise<Guest>): Promise<Guest[]> =>
  Promise.all([start('one'), start('two')]);

const guest = (instance: LabInstance, port4: Answered<'port'>, port6: Answered<'port'>): Guest => ({
  instance,
  address4: ipv4Of(port4),
  address6: ipv6Of(port6),
});

async function tryOneInterface(trial: Trial, where: string, guests: readonly Guest[]): Promise<void> {
  const [from, to] = guests as [Guest, Guest];
  const [near, far] = [from.instance.interface('eth0'), to.instance.interface('eth0')];
  trial.show(
    await addressAppears({ what: `${where}: IPv6 address by SLAAC`, core: true }, near, from.address6),
  );
  trial.show(
    await addressAppears({ what: `${where}: IPv4 address by DHCP`, core: true }, near, from.address4),
  );
  await configured([far, to.address6], [far, to.address4]);
  await trial.tcpEcho(to.instance, ECHO_PORT);
  trial.udpEcho(to.instance, ECHO_PORT);
  for (const target of [to.address6, to.address4]) {
    const { family } = target;
    const what = `${where}: IPv${family}`;
    trial.show(await pingPasses({ what: `${what} ping`, core: true }, from.instance, target));
    trial.show(await tcpPasses({ what: `${what} TCP` }, from.instance, target, ECHO_PORT, 100_000));
    trial.show(await udpPasses({ what: `${what} UDP` }, from.instance, target, ECHO_PORT));
  }
}

async function tryTwoInterfaces(trial: Trial, guests: readonly Guest[]): Promise<void> {
  const where = 'two interfaces';
  const [from, to] = guests as [Guest, Guest];
  const [eth0, eth1] = [from.instance.interface('eth0'), from.instance.interface('eth1')];
  trial.show(
    await addressAppears({ what: `${where}: IPv4 address by DHCP`, core: true }, eth0, from.address4),
  );
  trial.show(
    await addressAppears({ what: `${where}: IPv6 address by DHCPv6`, core: true }, eth1, from.address6),
  );
  await configured(
    [to.instance.interface('eth0'), to.address4],
    [to.instance.interface('eth1'), to.address6],
  );
  for (const target of [to.address6, to.address4]) {
    const what = `${where}: IPv${target.family} ping`;
    trial.show(await pingPasses({ what, core: true }, from.instance, target));
  }
  trial.show({
    what: `${where}: addresses of each`,
    expected: `${from.address4} and ${from.address6}, no other`,
    seen: `${describeAddresses(eth0)} and ${describeAddresses(eth1)}`,
    ok:
      eth0.usable(6).length === 0 &&
      eth1.usable(4).length === 0 &&
      eth0.usable(4).length === 1 &&
      eth1.usable(6).length === 1,
  });
}
