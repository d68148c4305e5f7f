/** Several prefixes on a network, several addresses of a prefix on a port, and all of them on the router's port. */
import { type Address, Prefix } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import { DhcpClient } from '../../lab/clients/dhcp-client.ts';
import type { Instance } from '../../lab/instance/instance.ts';
import { waitUntil } from '../../lab/wait.ts';
import { addressesOf, addressIn } from '../addresses.ts';
import { configured, describeAddresses, pingFails, pingPasses } from '../probes.ts';
import { advertisementIn, isAdvertisement, optionsOf } from '../router-advertisements.ts';
import type { Segment, Tenant } from '../tenant.ts';
import type { Trial } from '../trial.ts';
import type { UseCase } from '../use-case.ts';

const PREFIXES = ['fd16:1::/64', 'fd16:2::/64', 'fd16:3::/64'] as const;
const FIRST = Prefix.parse(PREFIXES[0]);
const SECOND_ADDRESS = FIRST.at(0x42n);
const NOT_ITS = FIRST.at(0x43n);
const LATER = FIRST.at(0x44n);
const STATEFUL = ['fd16:11::/64', 'fd16:12::/64'].map((cidr) => Prefix.parse(cidr)) as [Prefix, Prefix];
const CHANGE_MS = 5_000;

export const multipleAddresses: UseCase = {
  id: 'multiple-addresses',
  title: 'Several IPv6 addresses on instance and router interfaces',
  claim: 'partial',
  missing: [
    'DHCPv6 gives an instance one of its addresses, however many associations (IA_NA) it asks for: the others were configured by hand.',
  ],
  async gather(trial) {
    await trial.each(['slaac', 'vlan', 'stateful'] as const, async (part, setting) => {
      if (setting === 'stateful') await tryStateful(part);
      else await trySlaac(part, setting === 'vlan' ? 'vlan' : 'tenant');
    });
  },
};

/** Three prefixes by SLAAC, and a second address in the first of them. */
async function trySlaac(trial: Trial, segment: Segment): Promise<void> {
  const where = `SLAAC, ${segment === 'vlan' ? 'VLAN' : 'tenant'} network`;
  const tenant = trial.tenant(segment);
  const network = await tenant.network('network', segment);
  const subnets = [];
  for (const cidr of PREFIXES) subnets.push(await tenant.subnet6(network, cidr, 'slaac'));
  const router = await tenant.router('router', subnets);
  const wishes = [{ ip_address: SECOND_ADDRESS.toString() }, { subnet_id: subnets[0]!.id }];
  const port = await tenant.port(network, { fixed_ips: wishes });
  const peerPort = await tenant.port(network);
  const [instance, peer] = await Promise.all([
    trial.bareInstance('one', port),
    trial.instance('peer', peerPort),
  ]);
  const device = instance.interface('eth0');
  const capture = trial.capture(device);
  device.up();
  const formed = addressesOf(port).filter((address) => !address.equals(SECOND_ADDRESS));
  await configured(
    ...formed.map((address) => [device, address] as const),
    ...subnets.map((subnet) => [peer.interface('eth0'), addressIn(peerPort, subnet)] as const),
  );

  const advertised = await capture.waitFor(isAdvertisement, CHANGE_MS);
  const advertisement = advertised && advertisementIn(advertised.frame);
  const prefixes = advertisement
    ? optionsOf(advertisement, 'prefix-information').map(({ prefix }) => prefix.toString())
    : [];
  trial.show({
    what: `${where}: prefixes in the router's advertisement`,
    expected: PREFIXES.join(' '),
    seen: prefixes.toSorted().join(' '),
    ok: prefixes.toSorted().join() === PREFIXES.join(),
    core: true,
  });
  trial.show({
    what: `${where}: addresses that the instance forms`,
    expected: 'one of each prefix',
    seen: describeAddresses(device),
    ok: device.usable(6).length === PREFIXES.length,
    core: true,
  });
  await addByHand(instance, SECOND_ADDRESS);
  await tryAll(
    trial,
    where,
    instance,
    peer,
    [...formed, SECOND_ADDRESS],
    (address) => addressesOf(peerPort).find((own) => own.value >> 64n === address.value >> 64n)!,
  );
  await tryRouter(trial, where, tenant, router, peer);
  await tryChange(trial, where, tenant, port, instance, peer, addressIn(peerPort, subnets[0]!));
}

/** Two addresses of a DHCPv6 prefix and one of another on one port. */
async function tryStateful(trial: Trial): Promise<void> {
  const where = 'DHCPv6';
  const tenant = trial.tenant('stateful');
  const network = await tenant.network('network');
  const subnets = [];
  for (const prefix of STATEFUL) {
    subnets.push(await tenant.subnet6(network, prefix.toString(), 'dhcpv6-stateful'));
  }
  await tenant.router('router', subnets);
  const wanted = [STATEFUL[0].at(0x10n), STATEFUL[0].at(0x11n), STATEFUL[1].at(0x10n)];
  const port = await tenant.port(network, {
    fixed_ips: wanted.map((address) => ({ ip_address: `${address}` })),
  });
  const peerPort = await tenant.port(network, {
    fixed_ips: STATEFUL.map((prefix) => ({ ip_address: prefix.at(0x20n).toString() })),
  });
  const [instance, peer] = await Promise.all([trial.instance('one', port), trial.instance('peer', peerPort)]);
  const device = instance.interface('eth0');
  await DhcpClient.dhclient(device, 'stateful');
  const leased = await waitUntil(() => device.usable(6)[0], 20_000);
  trial.show({
    what: `${where}: the address that the client gets`,
    expected: `one of ${wanted.join(' ')}`,
    seen: leased?.toString() ?? 'none',
    ok: leased !== undefined && wanted.some((address) => address.equals(leased)),
    core: true,
  });
  for (const address of wanted) if (!leased?.equals(address)) await addByHand(instance, address);
  for (const address of addressesOf(peerPort)) await addByHand(peer, address);
  await tryAll(
    trial,
    where,
    instance,
    peer,
    wanted,
    (address) => addressesOf(peerPort).find((own) => own.value >> 64n === address.value >> 64n)!,
  );
}

/** Each address is reached, and reaches the peer's in the same prefix; one that is not the port's does not. */
async function tryAll(
  trial: Trial,
  where: string,
  instance: Instance,
  peer: Instance,
  addresses: readonly Address[],
  peerFor: (address: Address) => Address,
): Promise<void> {
  for (const address of addresses) {
    const what = `${where}: ${address}`;
    trial.show(await pingPasses({ what: `${what} is reached`, core: true }, peer, address));
    trial.show(
      await pingPasses({ what: `${what} as source` }, instance, peerFor(address), { source: address }),
    );
  }
}

async function tryRouter(
  trial: Trial,
  where: string,
  tenant: Tenant,
  router: Answered<'router'>,
  peer: Instance,
): Promise<void> {
  const ports = await tenant.client.list('port', { device_id: router.id });
  const addresses = ports.flatMap(addressesOf);
  trial.show({
    what: `${where}: the router's ports and their addresses`,
    expected: `one port with ${PREFIXES.length} addresses`,
    seen: `${ports.length} with ${addresses.length}`,
    ok: ports.length === 1 && addresses.length === PREFIXES.length,
    core: true,
  });
  for (const address of addresses) {
    trial.show(await pingPasses({ what: `${where}: the router's ${address} is reached` }, peer, address));
  }
}

/** An address that the port does not have, gets, and loses again. */
async function tryChange(
  trial: Trial,
  where: string,
  tenant: Tenant,
  port: Answered<'port'>,
  instance: Instance,
  peer: Instance,
  target: Address,
): Promise<void> {
  await addByHand(instance, NOT_ITS);
  await addByHand(instance, LATER);
  const from = (source: Address) => ({ source, patience: 300 });
  trial.show(
    await pingFails(
      { what: `${where}: ${NOT_ITS}, which is not the port's` },
      instance,
      target,
      from(NOT_ITS),
    ),
  );
  const held = port.fixed_ips.map(({ subnet_id, ip_address }) => ({
    subnet_id: subnet_id!,
    ip_address: ip_address!,
  }));
  await tenant.client.update('port', port.id, { fixed_ips: [...held, { ip_address: LATER.toString() }] });
  const reached = await waitUntil(
    async () => (await pingPasses({ what: '' }, peer, LATER, { count: 1, patience: 300 })).ok,
    CHANGE_MS,
  );
  trial.show({
    what: `${where}: ${LATER}, once the port got it too`,
    expected: 'it is reached',
    seen: reached ? 'it is' : 'it is not',
    ok: reached === true,
  });
}

/** Without duplicate address detection: it is usable at once. */
async function addByHand(instance: Instance, address: Address): Promise<void> {
  await instance.run('ip', 'address', 'replace', `${address}/64`, 'dev', 'eth0', 'nodad');
}
