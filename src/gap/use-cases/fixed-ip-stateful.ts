/** A chosen address on a DHCPv6 stateful subnet: its port has it, and nobody else. */
import { type Address, Prefix } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import { DhcpClient, type InstanceInterface, onceSettled } from '../../lab/index.ts';
import {
  addressAppears,
  addressesOffered,
  addressesOfPort,
  apiRefuses,
  type Carrier,
  defineUseCase,
  dhcpv6Solicit,
  type Evidence,
  ipv6Of,
  isDhcpv6ToClient,
  pingPasses,
  type Trial,
} from '../kit/index.ts';

const PREFIX = Prefix.parse('fd10::/64');
const POOL = [0x10n, 0x11n, 0x12n, 0x13n, 0x14n, 0x15n].map((host) => PREFIX.at(host));
const BESIDE_POOL = PREFIX.at(0x100n);

export const fixedIpStatefulUseCase = defineUseCase({
  id: 'fixed-ip-stateful',
  title: 'A chosen address on a DHCPv6 stateful subnet leaves the pool',
  claim: 'yes',
  missing: [],
  async gather(trial) {
    await trial.each(['tenant', 'vlan'] as const, tryPool);
  },
});

async function tryPool(trial: Trial, carrier: Carrier): Promise<void> {
  const where = carrier === 'vlan' ? 'VLAN network' : 'tenant network';
  const tenant = trial.tenant(carrier);
  const network = await tenant.network('network', carrier);
  const subnet = await tenant.subnet6(network, PREFIX.toString(), 'dhcpv6-stateful', {
    allocation_pools: [{ start: POOL[0]!.toString(), end: POOL.at(-1)!.toString() }],
  });
  const served = await addressesOfAgents(trial, network);
  // What serves the network may have addresses of the pool itself: they are not for others.
  const free = POOL.filter((address) => !served.has(`${address}`));
  const picked = free[1]!;
  await tenant.router('router', [subnet]);
  const choose = (address: Address) =>
    tenant.port(network, { fixed_ips: [{ ip_address: address.toString() }] });

  const chosen = await choose(picked);
  const beside = await choose(BESIDE_POOL);
  const others: Answered<'port'>[] = [];
  for (let left = free.length - 1; left > 0; left--) others.push(await tenant.port(network));
  const given = others.map((port) => ipv6Of(port).toString()).sort();
  const rest = free.filter((address) => !address.equals(picked)).map(String);
  trial.show({
    what: `${where}: ports that choose nothing`,
    expected: `the rest of the pool: ${rest.join(' ')}`,
    seen: given.join(' '),
    ok: given.join() === rest.join(),
    core: true,
  });
  const more = `${where}: one more port, with ${picked} in use`;
  trial.show(await apiRefuses({ what: more, core: true }, () => tenant.port(network), 409));
  trial.show(
    await apiRefuses({ what: `${where}: another port asks for ${picked}` }, () => choose(picked), 409),
  );
  trial.show(
    await apiRefuses(
      { what: `${where}: a port asks for fd99::1` },
      () => choose(Prefix.parse('fd99::/64').at(1n)),
      400,
    ),
  );

  const boot = async (name: string, port: Answered<'port'>): Promise<InstanceInterface> => {
    const device = (await trial.instance(name, port)).interface('eth0');
    await DhcpClient.dhclient(device, 'stateful');
    return device;
  };
  const [first, second, third] = await Promise.all([
    boot('chosen', chosen),
    boot('beside', beside),
    boot('other', others[0]!),
  ]);
  trial.show(
    await addressAppears({ what: `${where}: the client on the port that chose`, core: true }, first, picked),
  );
  trial.show(
    await addressAppears({ what: `${where}: one that chose outside the pool` }, second, BESIDE_POOL),
  );
  trial.show(await addressAppears({ what: `${where}: a client on another port` }, third, ipv6Of(others[0]!)));
  trial.show(await asksForIt(trial, where, third, picked, ipv6Of(others[0]!)));
  trial.show(
    await pingPasses({ what: `${where}: the chosen address is reached`, core: true }, third.instance, picked),
  );
  await tenant.client.delete('port', others[1]!.id);
  const again = await tenant.port(network);
  trial.show({
    what: `${where}: a new port, after one of the pool was deleted`,
    expected: `${ipv6Of(others[1]!)}`,
    seen: `${ipv6Of(again)}`,
    ok: ipv6Of(again).equals(ipv6Of(others[1]!)),
  });
}

/** Addresses on a network that nobody asked for: those of agents that serve it, which may come a little later. */
async function addressesOfAgents(trial: Trial, network: Answered<'network'>): Promise<ReadonlySet<string>> {
  const look = async () =>
    (await trial.listAsAdmin('port', { network_id: network.id })).flatMap(addressesOfPort);
  return new Set((await onceSettled(look, (addresses) => addresses.length > 0)).map(String));
}

/** Another client asks the DHCPv6 server for the address that was chosen. */
async function asksForIt(
  trial: Trial,
  where: string,
  on: InstanceInterface,
  chosen: Address,
  own: Address,
): Promise<Evidence> {
  const capture = trial.capture(on);
  on.send(dhcpv6Solicit(on.mac, chosen));
  const answer = await capture.waitFor(isDhcpv6ToClient, 3_000);
  const offered = answer ? addressesOffered(answer.frame) : [];
  return {
    what: `${where}: that client asks for ${chosen} by DHCPv6`,
    expected: `its own ${own}, or nothing`,
    seen: offered.join(' ') || 'nothing',
    // It has had its own lease: a server need not offer it a second time.
    ok: offered.every((address) => address.equals(own)),
  };
}
