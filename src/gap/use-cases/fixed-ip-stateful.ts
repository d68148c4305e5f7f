/** A chosen address on a DHCPv6 stateful subnet: its port has it, and nobody else. */
import { type Address, Prefix } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import { DhcpClient, type InstanceInterface } from '../../lab/index.ts';
import {
  addressAppears,
  addressesOffered,
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
/** The pool has four addresses; the second is chosen by hand. */
const POOL = [0x10n, 0x11n, 0x12n, 0x13n].map((host) => PREFIX.at(host));
const CHOSEN = POOL[1]!;
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
  await tenant.router('router', [subnet]);
  const choose = (address: Address) =>
    tenant.port(network, { fixed_ips: [{ ip_address: address.toString() }] });

  const chosen = await choose(CHOSEN);
  const beside = await choose(BESIDE_POOL);
  const others: Answered<'port'>[] = [];
  for (let left = POOL.length - 1; left > 0; left--) others.push(await tenant.port(network));
  const given = others.map((port) => ipv6Of(port).toString()).sort();
  const rest = POOL.filter((address) => !address.equals(CHOSEN)).map(String);
  trial.show({
    what: `${where}: ports that choose nothing`,
    expected: `the rest of the pool: ${rest.join(' ')}`,
    seen: given.join(' '),
    ok: given.join() === rest.join(),
    core: true,
  });
  const more = `${where}: one more port, with ${CHOSEN} in use`;
  trial.show(await apiRefuses({ what: more, core: true }, () => tenant.port(network), 409));
  trial.show(
    await apiRefuses({ what: `${where}: another port asks for ${CHOSEN}` }, () => choose(CHOSEN), 409),
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
    await addressAppears({ what: `${where}: the client on the port that chose`, core: true }, first, CHOSEN),
  );
  trial.show(
    await addressAppears({ what: `${where}: one that chose outside the pool` }, second, BESIDE_POOL),
  );
  trial.show(await addressAppears({ what: `${where}: a client on another port` }, third, ipv6Of(others[0]!)));
  trial.show(await asksForIt(trial, where, third, ipv6Of(others[0]!)));
  trial.show(
    await pingPasses({ what: `${where}: the chosen address is reached`, core: true }, third.instance, CHOSEN),
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

/** Another client asks the DHCPv6 server for the chosen address. */
async function asksForIt(
  trial: Trial,
  where: string,
  on: InstanceInterface,
  own: Address,
): Promise<Evidence> {
  const capture = trial.capture(on);
  on.send(dhcpv6Solicit(on.mac, CHOSEN));
  const answer = await capture.waitFor(isDhcpv6ToClient, 3_000);
  const offered = answer ? addressesOffered(answer.frame) : [];
  return {
    what: `${where}: that client asks for ${CHOSEN} by DHCPv6`,
    expected: `its own ${own}`,
    seen: offered.join(' ') || 'nothing',
    ok: offered.length > 0 && offered.every((address) => address.equals(own)),
  };
}
