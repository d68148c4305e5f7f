/** How addresses are managed is chosen when network, subnet and router are made: by REST and by the command. */
import { Address } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import type { Capture, InstanceInterface } from '../../lab/index.ts';
import type { RouterAdvertisement } from '../../packets/index.ts';
import {
  addressesOffered,
  advertisementIn,
  apiRefuses,
  configured,
  defineUseCase,
  dhcpv6Solicit,
  type Evidence,
  ipv6Of,
  isAdvertisement,
  isDhcpv6ToClient,
  isRouterSolicitation,
  NO_COMMAND,
  optionsOf,
  pingPasses,
  type Tenant,
  type Trial,
} from '../kit/index.ts';
import { tryScopes } from './address-scopes.ts';

export const addressManagementUseCase = defineUseCase({
  id: 'address-management',
  title: 'Address management and router advertisements chosen at creation, by REST, CLI and console',
  claim: 'partial',
  missing: ['The console is not built.'],
  async gather(trial) {
    const ways = trial.hasCommand ? (['REST', 'CLI'] as const) : (['REST'] as const);
    if (!trial.hasCommand) trial.couldNotTry(NO_COMMAND);
    if (!trial.isSextant) trial.leaveOut('a console: it is a program of its own.');
    const settings = ways.flatMap((way) => CHOICES.map((choice) => ({ way, choice })));
    await trial.each(settings, (part, { way, choice }) => tryChoice(part, way, choice));
    await tryRefusals(trial);
    if (trial.isSextant) await tryScopes(trial);
  },
});

/** A choice of address management, and what an instance makes of it. */
interface Choice {
  readonly name: string;
  readonly mode?: 'slaac' | 'dhcpv6-stateless' | 'dhcpv6-stateful';
  readonly enableDhcp: boolean;
  /** M, O and A flags of the advertisements; none are sent when undefined. */
  readonly advertised?: string;
  /** Whether a DHCPv6 client gets an address. */
  readonly leases: boolean;
}

const CHOICES: readonly Choice[] = [
  { name: 'SLAAC', mode: 'slaac', enableDhcp: true, advertised: 'M=0 O=0 A=1', leases: false },
  { name: 'stateless', mode: 'dhcpv6-stateless', enableDhcp: true, advertised: 'M=0 O=1 A=1', leases: false },
  { name: 'stateful', mode: 'dhcpv6-stateful', enableDhcp: true, advertised: 'M=1 A=0', leases: true },
  { name: 'RA off', enableDhcp: true, leases: true },
  { name: 'RA off, DHCP off', enableDhcp: false, leases: false },
];

const CIDR = 'fd14::/64';
/** Solicitations of routers begin within a second (RFC 4861 section 6.3.7), and answers follow within half of one. */
const ADVERTISEMENT_MS = 4_000;
const LEASE_MS = 2_000;

type FrontEnd = 'REST' | 'CLI';

async function tryChoice(trial: Trial, way: FrontEnd, choice: Choice): Promise<void> {
  const what = `${way}, ${choice.name}`;
  const tenant = trial.tenant(`${way}-${CHOICES.indexOf(choice)}`);
  const { network, subnet } =
    way === 'REST' ? await byRest(tenant, choice) : await byCommand(trial, tenant, choice);
  const told = await tenant.client.show('subnet', subnet.id);
  trial.show({
    what: `${what}: the subnet as the API tells it`,
    expected: `modes ${choice.mode ?? null}, DHCP ${choice.enableDhcp}`,
    seen: `modes ${told.ipv6_ra_mode} and ${told.ipv6_address_mode}, DHCP ${told.enable_dhcp}`,
    ok:
      told.ipv6_ra_mode === (choice.mode ?? null) &&
      told.ipv6_address_mode === (choice.mode ?? null) &&
      told.enable_dhcp === choice.enableDhcp,
  });
  const port = await tenant.port(network);
  const instance = await trial.bareInstance('one', port);
  const device = instance.interface('eth0');
  const capture = trial.capture(device);
  device.up();

  const wait = choice.advertised === undefined ? ADVERTISEMENT_MS : 5 * ADVERTISEMENT_MS;
  const advertised = await capture.waitFor(isAdvertisement, wait);
  const advertisement = advertised && advertisementIn(advertised.frame);
  const autonomous =
    advertisement && optionsOf(advertisement, 'prefix-information').some((prefix) => prefix.autonomous);
  const flags = advertisement && describeFlags(advertisement, autonomous === true);
  const asked = capture.observations.some(({ outgoing, frame }) => outgoing && isRouterSolicitation(frame));
  trial.show({
    what: `${what}: router advertisement`,
    expected: choice.advertised ?? 'silence, whoever solicits',
    seen: flags ?? (asked ? 'silence' : 'nobody solicited'),
    ok: asked && flags === choice.advertised,
    core: true,
  });
  trial.show(await lease(what, choice, port, device, capture));
  if (choice.advertised === undefined) {
    await instance.run('ip', 'address', 'add', `${ipv6Of(port)}/64`, 'dev', 'eth0', 'nodad');
    await configured([device, ipv6Of(port)]);
    const gateway = await tenant.client.show('subnet', subnet.id);
    trial.show(
      await pingPasses(
        { what: `${what}: the router answers all the same` },
        instance,
        Address.parse(gateway.gateway_ip!),
      ),
    );
  }
}

/** With M set, O says nothing (RFC 4861 section 4.2). */
function describeFlags({ managed, otherConfig }: RouterAdvertisement, autonomous: boolean): string {
  const other = managed ? '' : ` O=${Number(otherConfig)}`;
  return `M=${Number(managed)}${other} A=${Number(autonomous)}`;
}

/** What a DHCPv6 client gets that asks for an address. */
async function lease(
  what: string,
  choice: Choice,
  port: Answered<'port'>,
  device: InstanceInterface,
  capture: Capture,
): Promise<Evidence> {
  device.send(dhcpv6Solicit(device.mac));
  const answer = await capture.waitFor(isDhcpv6ToClient, LEASE_MS);
  const offered = answer ? addressesOffered(answer.frame) : [];
  const expected = choice.leases ? `${ipv6Of(port)}` : 'no address';
  const seen = offered.join(' ') || 'no address';
  return { what: `${what}: DHCPv6 for an address`, expected, seen, ok: seen === expected };
}

interface Made {
  readonly network: Answered<'network'>;
  readonly subnet: Answered<'subnet'>;
}

async function byRest(tenant: Tenant, { mode, enableDhcp }: Choice): Promise<Made> {
  const network = await tenant.network('network');
  const subnet = await tenant.subnet6(network, CIDR, mode, { enable_dhcp: enableDhcp });
  await tenant.router('router', [subnet]);
  return { network, subnet };
}

async function byCommand(trial: Trial, tenant: Tenant, { mode, enableDhcp }: Choice): Promise<Made> {
  const make = async <T extends { id: string }>(
    name: 'network' | 'subnet' | 'router',
    ...words: string[]
  ): Promise<T> => {
    const made = (await trial.command(
      tenant,
      name,
      'create',
      ...words,
      tenant.nameOf(name),
      '--format',
      'json',
    )) as T;
    tenant.removeLater(name, made.id);
    return made;
  };
  const network = await make<Answered<'network'>>('network');
  const modes = mode === undefined ? [] : ['--ipv6-ra-mode', mode, '--ipv6-address-mode', mode];
  const subnet = await make<Answered<'subnet'>>(
    'subnet',
    ...['--network', network.id, '--ip-version', '6', '--subnet-range', CIDR],
    ...modes,
    enableDhcp ? '--dhcp' : '--no-dhcp',
  );
  const router = await make<Answered<'router'>>('router');
  await trial.command(tenant, 'router', 'add', 'subnet', router.id, subnet.id);
  tenant.detachLater(router, subnet);
  return { network, subnet };
}

/** Choices that make no sense are refused when they are made. */
async function tryRefusals(trial: Trial): Promise<void> {
  const tenant = trial.tenant('refusals');
  const network = await tenant.network('network');
  const off = { enable_dhcp: false };
  trial.show(
    await apiRefuses({ what: 'SLAAC with DHCP off' }, () => tenant.subnet6(network, CIDR, 'slaac', off), 400),
  );
  trial.show(
    await apiRefuses({ what: 'SLAAC on a /80' }, () => tenant.subnet6(network, 'fd14::/80', 'slaac'), 400),
  );
  const external = await tenant.subnet6(network, CIDR, undefined, { ipv6_address_mode: 'slaac' });
  const attach = "a router for a subnet whose advertisements are another router's";
  trial.show(await apiRefuses({ what: attach }, () => tenant.router('router', [external]), 400));
}
