/** SLAAC, DHCPv6 stateless and DHCPv6 stateful: what the API accepts, and what real clients make of it. */
import { Address } from '../../../addressing/index.ts';
import { type Answered, NeutronApiError } from '../../../client/index.ts';
import {
  type Capture,
  DhcpClient,
  type InstanceInterface,
  type LabInstance,
  resolverOf,
  waitUntil,
} from '../../../lab/index.ts';
import {
  addressAppears,
  advertisementIn,
  type Carrier,
  defineUseCase,
  describeAddresses,
  describeAdvertisement,
  type Evidence,
  ipv6Of,
  isAdvertisement,
  isCircumstance,
  isDhcpv6ToClient,
  isDhcpv6ToServer,
  optionsOf,
  type Tenant,
  type Trial,
} from '../../kit/index.ts';
import { tryLeases } from './dhcpv6-leases.ts';
import { tryMixedModes } from './mixed-modes.ts';

export const addressModesUseCase = defineUseCase({
  id: 'address-modes',
  title: 'Address assignment: SLAAC, DHCPv6 stateless, DHCPv6 stateful',
  claim: 'yes',
  missing: [],
  async gather(trial) {
    await tryCombinations(trial);
    const clients = MODES.flatMap((mode) =>
      (['tenant', 'vlan'] as const).map((carrier) => async (part: Trial) => {
        await tryClients(part, await start(part, mode, carrier));
      }),
    );
    await trial.each([...clients, tryMixedModes, tryLeases], (part, act) => act(part));
  },
});

interface Mode {
  readonly name: 'slaac' | 'dhcpv6-stateless' | 'dhcpv6-stateful';
  readonly prefix: string;
  /** Flags of the advertisement and its prefix (RFC 4861 section 4.2, 4.6.2). */
  readonly flags: { readonly M: 0 | 1; readonly O: readonly (0 | 1)[]; readonly A: 0 | 1 };
}

const MODES: readonly Mode[] = [
  { name: 'slaac', prefix: 'fd09:1::/64', flags: { M: 0, O: [0], A: 1 } },
  { name: 'dhcpv6-stateless', prefix: 'fd09:2::/64', flags: { M: 0, O: [1], A: 1 } },
  // With M set, O says nothing (RFC 4861 section 4.2).
  { name: 'dhcpv6-stateful', prefix: 'fd09:3::/64', flags: { M: 1, O: [0, 1], A: 0 } },
];

const SERVERS = [Address.parse('fd09::53'), Address.parse('fd09::54')] as const;
/** Of several labels, and more than one. */
const SEARCH = ['modes.example.org', 'example.org'] as const;
/** More than any tenant network has: the instance learns the right one from the advertisement. */
const DEVICE_MTU = 1500;
const CLIENT_MS = 25_000;

interface Running {
  readonly mode: Mode;
  /** Domains that instances are to be told of, where subnets have such. */
  readonly search: readonly string[];
  readonly where: string;
  readonly mtu: number;
  readonly capture: Capture;
  /** Lets its kernel take advertisements, and dhclient do the rest. */
  readonly kernel: { readonly device: InstanceInterface; readonly address: Address };
  /** Has dhcpcd do both. */
  readonly dhcpcd: { readonly device: InstanceInterface; readonly address: Address };
}

/** A network of a mode with a router and two instances. */
async function start(trial: Trial, mode: Mode, carrier: Carrier): Promise<Running> {
  const tenant = trial.tenant(`${mode.name}-${carrier}`);
  // A VLAN has the MTU of the devices: with less, the instance has something to learn there too.
  const mtu = carrier === 'vlan' ? { mtu: DEVICE_MTU - 100 } : {};
  const network = await tenant.network(mode.name, carrier, mtu);
  const servers = SERVERS.map((server) => server.toString());
  const subnet = await tenant.subnet6(network, mode.prefix, mode.name, {
    dns_nameservers: servers,
    dns_search_domains: [...SEARCH],
  });
  await tenant.router('router', [subnet]);
  const [kernel, dhcpcd] = await Promise.all([
    boot(trial, tenant, network, 'kernel'),
    boot(trial, tenant, network, 'dhcpcd'),
  ]);
  const capture = trial.capture(kernel.device);
  kernel.device.up();
  dhcpcd.device.up();
  DhcpClient.dhcpcd(dhcpcd.device);
  if (mode.name !== 'slaac') {
    await DhcpClient.dhclient(kernel.device, mode.name === 'dhcpv6-stateful' ? 'stateful' : 'stateless');
  }
  const where = `${mode.name}, ${carrier === 'vlan' ? 'VLAN' : 'tenant'} network`;
  const search = trial.can('subnet.dns_search_domains') ? SEARCH : [];
  return { mode, search, where, mtu: network.mtu, capture, kernel, dhcpcd };
}

async function boot(
  trial: Trial,
  tenant: Tenant,
  network: Answered<'network'>,
  name: string,
): Promise<{ device: InstanceInterface; address: Address }> {
  const port = await tenant.port(network);
  const instance = await trial.bareInstance(name, port);
  await instance.run('ip', 'link', 'set', 'eth0', 'mtu', String(DEVICE_MTU));
  return { device: instance.interface('eth0'), address: ipv6Of(port) };
}

async function tryClients(trial: Trial, running: Running): Promise<void> {
  const { mode, where, kernel, dhcpcd, mtu } = running;
  const file = where.replaceAll(/\W+/g, '-');
  const pcap = () => trial.pcap(running.capture, file, ({ frame }) => isAdvertisement(frame));
  trial.show({ ...(await advertised(running)), ...(await pcap()) });
  // Beside DHCPv6, which tells of them too, it is not needed.
  if (mode.name === 'slaac' || trial.isSextant)
    trial.show({ ...(await advertisedDns(running)), ...(await pcap()) });
  const by = mode.name === 'dhcpv6-stateful' ? 'dhclient' : "Linux's SLAAC";
  trial.show(
    await addressAppears({ what: `${where}: address by ${by}`, core: true }, kernel.device, kernel.address),
  );
  trial.show(
    await addressAppears({ what: `${where}: address by dhcpcd`, core: true }, dhcpcd.device, dhcpcd.address),
  );
  trial.show({
    what: `${where}: addresses beside it`,
    expected: 'none',
    seen: describeAddresses(kernel.device),
    ok: kernel.device.usable(6).every((address) => address.equals(kernel.address)),
  });
  trial.show({
    what: `${where}: MTU that IPv6 uses`,
    expected: String(mtu),
    seen: String(kernel.device.ipv6Mtu()),
    ok: kernel.device.ipv6Mtu() === mtu,
  });
  trial.show(await resolves(`${where}: DNS by dhcpcd`, dhcpcd.device.instance, running.search));
  if (mode.name === 'slaac') trial.show(await silentDhcp(running));
  else trial.show(await resolves(`${where}: DNS by dhclient`, kernel.device.instance, running.search));
}

/** The first advertisement that the instance got. */
async function advertised({ mode, where, mtu, capture }: Running): Promise<Evidence> {
  const { M, O, A } = mode.flags;
  const observation = await capture.waitFor(isAdvertisement, CLIENT_MS);
  const advertisement = observation && advertisementIn(observation.frame);
  const prefixes = advertisement ? optionsOf(advertisement, 'prefix-information') : [];
  const ok =
    advertisement !== undefined &&
    Number(advertisement.managed) === M &&
    O.some((flag) => Number(advertisement.otherConfig) === flag) &&
    advertisement.routerLifetime > 0 &&
    prefixes.length === 1 &&
    prefixes.every(
      ({ prefix, autonomous }) => prefix.toString() === mode.prefix && Number(autonomous) === A,
    ) &&
    optionsOf(advertisement, 'mtu').every((option) => option.mtu === mtu);
  return {
    what: `${where}: router advertisement`,
    expected: `M=${M} O=${O.join(' or ')}, ${mode.prefix} A=${A}, mtu ${mtu}`,
    seen: advertisement ? describeAdvertisement(advertisement) : 'none',
    ok,
    core: true,
  };
}

/** Servers and domains of DNS in it (RFC 8106): with SLAAC alone nothing else tells of them. */
async function advertisedDns({ where, capture, search }: Running): Promise<Evidence> {
  const observation = await capture.waitFor(isAdvertisement, CLIENT_MS);
  const advertisement = observation && advertisementIn(observation.frame);
  const rdnss = advertisement ? optionsOf(advertisement, 'rdnss').flatMap(({ servers }) => servers) : [];
  const dnssl = advertisement ? optionsOf(advertisement, 'dnssl').flatMap(({ domains }) => domains) : [];
  return {
    what: `${where}: DNS in the router advertisement (RFC 8106)`,
    expected: describeDns(SERVERS.map(String), search),
    seen: describeDns(rdnss.map(String), dnssl),
    ok: rdnss.join(' ') === SERVERS.join(' ') && dnssl.join(' ') === search.join(' '),
  };
}

const describeDns = (servers: readonly string[], search: readonly string[]): string =>
  `servers ${servers.join(' ') || 'none'}, search ${search.join(' ') || 'none'}`;

/** What the instance's resolver was told: all servers and domains. */
async function resolves(what: string, instance: LabInstance, domains: readonly string[]): Promise<Evidence> {
  const told = await waitUntil(async () => {
    const { servers, search } = await resolverOf(instance);
    return (
      SERVERS.every((server) => servers.some((one) => one.equals(server))) &&
      domains.every((domain) => search.includes(domain))
    );
  }, CLIENT_MS);
  const { servers, search } = await resolverOf(instance);
  return {
    what,
    expected: describeDns(SERVERS.map(String), domains),
    seen: describeDns(servers.map(String), search),
    ok: told === true,
  };
}

/** Where addresses come by SLAAC alone, a DHCPv6 client that asks for one all the same gets no answer. */
async function silentDhcp({ where, capture, kernel }: Running): Promise<Evidence> {
  const client = await DhcpClient.dhclient(kernel.device, 'stateful');
  const answer = await capture.waitFor(isDhcpv6ToClient, 2_500);
  const asked = capture.observations.some(({ outgoing, frame }) => outgoing && isDhcpv6ToServer(frame));
  await client.stop();
  return {
    what: `${where}: a DHCPv6 client asks for an address`,
    expected: 'no answer',
    seen: answer ? 'an answer' : asked ? 'none' : 'it did not ask',
    ok: asked && answer === undefined,
  };
}

/** All 16 pairs of ipv6_ra_mode and ipv6_address_mode: those that contradict each other are refused. */
async function tryCombinations(trial: Trial): Promise<void> {
  const tenant = trial.tenant('combinations');
  const network = await tenant.network('combinations');
  const values = [null, ...MODES.map(({ name }) => name)] as const;
  const pairs = values.flatMap((ra) => values.map((address) => [ra, address] as const));
  const surprises: string[] = [];
  let accepted = 0;
  for (const [index, [ra, address]] of pairs.entries()) {
    const agree = ra === null || address === null || ra === address;
    const status = await tenant
      .subnet6(network, `fd09:a:0:${index.toString(16)}::/64`, undefined, {
        // Neutron takes no null there: a mode that is not set is left out.
        ...(ra && { ipv6_ra_mode: ra }),
        ...(address && { ipv6_address_mode: address }),
      })
      .then(
        () => 201,
        (error: unknown) => {
          if (error instanceof NeutronApiError && !isCircumstance(error)) return error.status;
          throw error;
        },
      );
    if (status === 201) accepted++;
    if (status !== (agree ? 201 : 400)) surprises.push(`${ra} with ${address}: ${status}`);
  }
  trial.show({
    what: 'the 16 pairs of ipv6_ra_mode and ipv6_address_mode',
    expected: '10 accepted, 6 that contradict each other refused',
    seen: surprises.join('; ') || `${accepted} accepted, ${pairs.length - accepted} refused`,
    ok: surprises.length === 0,
    core: true,
  });
  const port = await tenant.port(network);
  trial.show({
    what: 'addresses of a port with all of these subnets',
    expected: 'one of each that says SLAAC or stateless, one of the others together',
    seen: `${port.fixed_ips.length} addresses`,
    ok: port.fixed_ips.length === 7,
  });
}
