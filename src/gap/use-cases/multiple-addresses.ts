/** Several prefixes on a network, several addresses of a prefix on a port, and all of them on the router's port. */
import { type Address, Prefix } from '../../addressing/index.ts';
import { type Answered, NeutronApiError } from '../../client/index.ts';
import { type Capture, DhcpClient, type LabInstance, waitUntil } from '../../lab/index.ts';
import type { Frame } from '../../packets/index.ts';
import {
  addressesOfPort,
  advertisementIn,
  associationsIn,
  type Carrier,
  configured,
  defineUseCase,
  describeAddresses,
  type Evidence,
  isAdvertisement,
  isDhcpv6ToClient,
  isDhcpv6ToServer,
  optionsOf,
  pingFails,
  pingPasses,
  sourceChosen,
  type Tenant,
  type Trial,
} from '../kit/index.ts';

const prefixes = (...texts: string[]): Prefix[] => texts.map((text) => Prefix.parse(text));
/** One of them is global, the others are unique local: RFC 6724 tells them apart. */
const SLAAC = prefixes('2001:db8:16::/64', 'fd16:1::/64', 'fd16:2::/64');
/** Behind the router. */
const FAR = prefixes('2001:db8:16:f::/64', 'fd16:f::/64');
const SECOND = Prefix.parse('fd16:1::/64').at(0x42n);
const NOT_ITS = Prefix.parse('fd16:1::/64').at(0x43n);
const LATER = Prefix.parse('fd16:1::/64').at(0x44n);

const STATEFUL = prefixes('fd16:11::/64', 'fd16:12::/64') as [Prefix, Prefix];
const STATEFUL_ADDRESSES = {
  one: [STATEFUL[0].at(0x10n), STATEFUL[0].at(0x11n), STATEFUL[1].at(0x10n)],
  peer: STATEFUL.map((prefix) => prefix.at(0x20n)),
  // A second one far from where agents that serve a network find theirs.
  router: [STATEFUL[0].at(1n), STATEFUL[0].at(0x1_0000n), STATEFUL[1].at(1n)],
} as const;

const ECHO_PORT = 7016;
const CHANGE_MS = 5_000;
const LEASE_MS = 20_000;

export const multipleAddressesUseCase = defineUseCase({
  id: 'multiple-addresses',
  title: 'Several IPv6 addresses on instance and router interfaces',
  claim: 'yes',
  missing: [],
  async gather(trial) {
    await trial.each(['slaac', 'vlan', 'stateful'] as const, async (part, setting) => {
      if (setting === 'stateful') await tryStateful(part);
      else await trySlaac(part, setting === 'vlan' ? 'vlan' : 'tenant');
    });
  },
});

interface Guest {
  readonly instance: LabInstance;
  readonly port: Answered<'port'>;
  readonly addresses: readonly Address[];
}

/** A subnet for each prefix. */
async function subnetsFor(
  tenant: Tenant,
  network: Answered<'network'>,
  list: readonly Prefix[],
  mode: 'slaac' | 'dhcpv6-stateful',
): Promise<Answered<'subnet'>[]> {
  const subnets: Answered<'subnet'>[] = [];
  for (const prefix of list) {
    const gateway_ip = prefix.at(1n).toString();
    subnets.push(await tenant.subnet6(network, `${prefix}`, mode, { gateway_ip }));
  }
  return subnets;
}

type MakePort = () => Promise<Answered<'port'>>;

const fixed = (addresses: readonly Address[]) =>
  addresses.map((address) => ({ ip_address: address.toString() }));

/** The addresses that are in the same prefix (/64) as another. */
const alike = (addresses: readonly Address[], other: Address): Address[] =>
  addresses.filter((address) => Prefix.of(other, 64).contains(address));

/** An address of each prefix by SLAAC, and a second one of one of them. */
async function trySlaac(trial: Trial, carrier: Carrier): Promise<void> {
  const where = `SLAAC, ${carrier === 'vlan' ? 'VLAN' : 'tenant'} network`;
  const tenant = trial.tenant(carrier);
  // So that an address that is not the port's stays without effect.
  const network = await tenant.network('network', carrier, { address_policy: 'strict' });
  const farNetwork = await tenant.network('far');
  const subnets = await subnetsFor(tenant, network, SLAAC, 'slaac');
  const farSubnets = await subnetsFor(tenant, farNetwork, FAR, 'slaac');
  const router = await tenant.router('router', [...subnets, ...farSubnets]);

  // Mentioned in fixed_ips, the second address would be the only one of its subnet.
  const itsSubnet = subnets.find(({ cidr }) => Prefix.parse(cidr).contains(SECOND))!;
  const chosen = await secondAddress(trial, where, [
    () => tenant.port(network, { fixed_ips: [...fixed([SECOND]), { subnet_id: itsSubnet.id }] }),
    () => tenant.port(network, { allowed_address_pairs: fixed([SECOND]) }),
  ]);
  const [port, peerPort, farPort] = [
    chosen ?? (await tenant.port(network)),
    await tenant.port(network),
    await tenant.port(farNetwork),
  ];
  const boot = async (name: string, port: Answered<'port'>): Promise<Guest> => {
    const instance = await trial.instance(name, port);
    const addresses = addressesOfPort(port);
    await configured(...addresses.map((address) => [instance.interface('eth0'), address] as const));
    return { instance, port, addresses };
  };
  const instance = await trial.bareInstance('one', port);
  const device = instance.interface('eth0');
  const capture = trial.capture(device);
  device.up();
  const [peer, far] = await Promise.all([boot('peer', peerPort), boot('far', farPort)]);
  const formed = addressesOfPort(port).filter((address) => !address.equals(SECOND));
  const isFixed = formed.length < addressesOfPort(port).length;
  const one: Guest = { instance, port, addresses: chosen === undefined ? formed : [...formed, SECOND] };
  await configured(...formed.map((address) => [device, address] as const));

  const advertised = await capture.waitFor(isAdvertisement, CHANGE_MS);
  const advertisement = advertised && advertisementIn(advertised.frame);
  const announced = advertisement
    ? optionsOf(advertisement, 'prefix-information').map(({ prefix }) => prefix.toString())
    : [];
  trial.show({
    what: `${where}: prefixes in the router's advertisement`,
    expected: SLAAC.join(' '),
    seen: announced.toSorted().join(' '),
    ok: announced.toSorted().join(' ') === SLAAC.join(' '),
    core: true,
  });
  trial.show({
    what: `${where}: addresses that the instance forms`,
    expected: 'one of each prefix',
    seen: describeAddresses(device),
    ok: device.usable(6).length === SLAAC.length && formed.length === SLAAC.length,
    core: true,
  });
  if (chosen !== undefined) await addByHand(instance, SECOND);
  await tryAddresses(trial, where, one, peer);
  for (const address of one.addresses) {
    const what = `${where}: ${address} is reached from behind the router`;
    trial.show(await pingPasses({ what, core: true }, far.instance, address));
  }
  await trySources(trial, where, one, [peer, far]);
  await tryRouter(trial, where, tenant, router, network, peer, SLAAC.length);
  if (isFixed) await tryChange(trial, where, tenant, one, peer);
}

/** A port with a second address of a prefix, by the first way that the API takes; undefined when it takes none. */
async function secondAddress(
  trial: Trial,
  where: string,
  [byFixedAddress, byAllowedPair]: readonly [MakePort, MakePort],
): Promise<Answered<'port'> | undefined> {
  const what = `${where}: a port asks for ${SECOND} beside the address that its instance forms`;
  const expected = 'it gets both';
  const attempt = async (make: MakePort): Promise<Answered<'port'> | string> => {
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof NeutronApiError) || error.status !== 400) throw error;
      return `status ${error.status} ${error.type}`;
    }
  };
  const first = await attempt(byFixedAddress);
  const port = typeof first === 'string' ? await attempt(byAllowedPair) : first;
  const ok = typeof port !== 'string';
  const seen = [
    ...(ok ? [expected] : []),
    ...(typeof first === 'string' ? [`as a fixed address: ${first}`] : []),
    ...(typeof first === 'string' ? [`as an allowed address pair: ${ok ? 'taken' : port}`] : []),
  ];
  trial.show({ what, expected, seen: seen.join('; '), ok });
  return ok ? port : undefined;
}

/** Two addresses of a DHCPv6 prefix and one of another, on an instance's port and on the router's. */
async function tryStateful(trial: Trial): Promise<void> {
  const where = 'DHCPv6';
  const tenant = trial.tenant('stateful');
  const network = await tenant.network('network');
  await subnetsFor(tenant, network, STATEFUL, 'dhcpv6-stateful');
  const router = await tenant.router('router', []);
  const routerPort = await tenant.make('port', {
    network_id: network.id,
    fixed_ips: fixed(STATEFUL_ADDRESSES.router),
  });
  await tenant.attachPort(router, routerPort);

  const boot = async (name: 'one' | 'peer'): Promise<Guest & { capture: Capture }> => {
    const addresses = STATEFUL_ADDRESSES[name];
    const port = await tenant.port(network, { fixed_ips: fixed(addresses) });
    const instance = await trial.bareInstance(name, port);
    const capture = trial.capture(instance.interface('eth0'));
    instance.interface('eth0').up();
    return { instance, port, addresses, capture };
  };
  const [one, peer] = await Promise.all([boot('one'), boot('peer')]);
  // Two associations for three addresses, and two for two.
  await DhcpClient.dhclient(one.instance.interface('eth0'), 'stateful', ['-N', '-N']);
  DhcpClient.dhcpcd(peer.instance.interface('eth0'), [6], ['ia_na 1', 'ia_na 2']);
  for (const [client, host] of [
    ['dhclient', one],
    ['dhcpcd', peer],
  ] as const) {
    trial.show(await leasesAppear(`${where}: ${client} with two associations (IA_NA)`, host));
    const apart = await leasesAreApart(`${where}: the associations of ${client}`, host);
    const isDhcpv6 = (frame: Frame): boolean => isDhcpv6ToClient(frame) || isDhcpv6ToServer(frame);
    trial.show(await trial.proven(apart, host.capture, client, ({ frame }) => isDhcpv6(frame)));
    // Addresses that no lease brought are the port's all the same.
    for (const address of host.addresses) await addByHand(host.instance, address);
  }
  await tryAddresses(trial, where, one, peer);
  await tryRouter(trial, where, tenant, router, network, peer, STATEFUL_ADDRESSES.router.length);
}

/** All addresses of the port, and no other, are configured by its client. */
async function leasesAppear(what: string, { instance, addresses }: Guest): Promise<Evidence> {
  const device = instance.interface('eth0');
  const wanted = addresses.map(String).toSorted().join(' ');
  const leased = () => device.usable(6).map(String).toSorted().join(' ');
  const ok = await waitUntil(() => leased() === wanted, LEASE_MS);
  return { what, expected: wanted, seen: leased() || 'none', ok: ok === true };
}

/** Every association has addresses of its own: none is in two, none is empty. */
async function leasesAreApart(
  what: string,
  { addresses, capture }: Guest & { capture: Capture },
): Promise<Evidence> {
  await capture.settle();
  const reply = capture.observations
    .map(({ frame }) => associationsIn(frame))
    .findLast((associations) => associations.length > 0);
  const shares = reply?.map((share) => share.map(String)) ?? [];
  const all = shares.flat();
  return {
    what,
    expected: `two, with ${addresses.length} addresses in all`,
    seen: shares.map((share) => share.join(' ')).join(' and ') || 'none',
    ok:
      shares.length === 2 &&
      shares.every((share) => share.length > 0) &&
      all.length === addresses.length &&
      new Set(all).size === all.length,
  };
}

/** Each address is reached, and reaches the peer's address of the same prefix. */
async function tryAddresses(trial: Trial, where: string, one: Guest, peer: Guest): Promise<void> {
  for (const address of one.addresses) {
    const what = `${where}: ${address}`;
    trial.show(await pingPasses({ what: `${what} is reached`, core: true }, peer.instance, address));
    const [target] = alike(peer.addresses, address);
    trial.show(
      await pingPasses({ what: `${what} as source`, core: true }, one.instance, target!, { source: address }),
    );
  }
}

/** Of several addresses the right one is chosen: on link that of the same prefix, beyond that of the same kind. */
async function trySources(
  trial: Trial,
  where: string,
  one: Guest,
  [peer, far]: readonly [Guest, Guest],
): Promise<void> {
  const ofKind = (other: Address) =>
    one.addresses.filter((address) => address.isUniqueLocal === other.isUniqueLocal);
  for (const [host, rightFor] of [
    [peer, (target: Address) => alike(one.addresses, target)],
    [far, ofKind],
  ] as const) {
    const echo = trial.udpEcho(host.instance, ECHO_PORT);
    for (const target of host.addresses) {
      const what = `${where}: source chosen for ${target}`;
      const to = { target, echo, port: ECHO_PORT };
      trial.show(await sourceChosen({ what }, one.instance, to, rightFor(target)));
    }
  }
}

/** All addresses are on one port of the router, and answer. */
async function tryRouter(
  trial: Trial,
  where: string,
  tenant: Tenant,
  router: Answered<'router'>,
  network: Answered<'network'>,
  peer: Guest,
  count: number,
): Promise<void> {
  const ports = await tenant.client.list('port', { device_id: router.id, network_id: network.id });
  const addresses = ports.flatMap(addressesOfPort);
  trial.show({
    what: `${where}: the router's ports there and their addresses`,
    expected: `one port with ${count} addresses`,
    seen: `${ports.length} with ${addresses.length}`,
    ok: ports.length === 1 && addresses.length === count,
    core: true,
  });
  for (const address of addresses) {
    const what = `${where}: the router's ${address} is reached`;
    trial.show(await pingPasses({ what, core: true }, peer.instance, address));
  }
}

/** An address that the port does not have, gets, and loses again. */
async function tryChange(
  trial: Trial,
  where: string,
  tenant: Tenant,
  one: Guest,
  peer: Guest,
): Promise<void> {
  await addByHand(one.instance, NOT_ITS);
  await addByHand(one.instance, LATER);
  const [target] = alike(peer.addresses, NOT_ITS);
  const what = `${where}: ${NOT_ITS} as source, which is not the port's`;
  trial.show(await pingFails({ what, core: true }, one.instance, target!, { source: NOT_ITS }));

  const held = one.port.fixed_ips.map(({ subnet_id, ip_address }) => ({
    subnet_id: subnet_id!,
    ip_address: ip_address!,
  }));
  const reached = async (purpose: string, wanted: boolean, fixedIps: { ip_address: string }[]) => {
    await tenant.client.update('port', one.port.id, { fixed_ips: fixedIps });
    const asWanted = await waitUntil(async () => {
      const evidence = await pingPasses({ what: '' }, peer.instance, LATER, { count: 1, patienceMs: 300 });
      return evidence.ok === wanted;
    }, CHANGE_MS);
    const say = (yes: boolean) => (yes ? 'it is reached' : 'it is not reached');
    trial.show({
      what: `${where}: ${LATER}, ${purpose}`,
      expected: say(wanted),
      seen: say(asWanted ? wanted : !wanted),
      ok: asWanted === true,
    });
  };
  await reached('once the port got it too', true, [...held, ...fixed([LATER])]);
  await reached('once the port lost it', false, held);
}

/** Without duplicate address detection: it is usable at once. */
async function addByHand(instance: LabInstance, address: Address): Promise<void> {
  await instance.run('ip', 'address', 'replace', `${address}/64`, 'dev', 'eth0', 'nodad');
}
