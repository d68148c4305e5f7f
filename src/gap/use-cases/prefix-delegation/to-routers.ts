/** Prefixes for routers: a provider's DHCPv6 server delegates them, and subnets, ports and instances follow. */
import { Address, Prefix } from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import { DelegatingServer, type DelegationTimes, type LabInstance, waitUntil } from '../../../lab/index.ts';
import { configured, pingFails, pingPassesSoon, type Tenant, type Trial } from '../../kit/index.ts';
import { Outside } from '../outside-network.ts';

/** Short, so that all ends come soon. */
const TIMES: DelegationTimes = { preferred: 16, valid: 32 };
/** In which what the provider does is seen in the API. */
const FOLLOWED_MS = 60_000;
const UNDELEGATED = '::/64';

const NEXT_POOL = Prefix.parse('fd33:200::/40');

interface Setting {
  readonly server: 'kea' | 'wide';
  /** Of the provider's, with the length that it delegates. */
  readonly pool: Prefix;
  readonly length: number;
  readonly beyond: Prefix;
  readonly number: number;
}

const SETTINGS: readonly Setting[] = [
  {
    server: 'kea',
    ...{ pool: Prefix.parse('fd33:100::/40'), length: 56 },
    ...{ beyond: Prefix.parse('fd33:0:0:ff::/64'), number: 0x33 },
  },
  {
    server: 'wide',
    ...{ pool: Prefix.parse('fd34:100::/60'), length: 60 },
    ...{ beyond: Prefix.parse('fd34:0:0:ff::/64'), number: 0x34 },
  },
];

/** Against two implementations at the same time. */
export const tryToRouters = (trial: Trial): Promise<void> => trial.each(SETTINGS, tryServer);

/** A network behind the router, with an instance. */
interface Behind {
  readonly subnet: Answered<'subnet'>;
  readonly port: Answered<'port'>;
  readonly instance: LabInstance;
}

interface Scene {
  readonly trial: Trial;
  readonly tenant: Tenant;
  readonly setting: Setting;
  readonly outside: Outside;
  readonly router: Answered<'router'>;
  readonly behind: readonly Behind[];
}

async function tryServer(trial: Trial, setting: Setting): Promise<void> {
  const scene = await build(trial, setting);
  const { outside, router, tenant } = scene;
  if (!(await DelegatingServer.isInstalled(outside.device, setting.server))) {
    trial.leaveOut(`${named(setting)} is not installed: nothing was tried against it.`);
    return;
  }
  for (const { subnet } of scene.behind) await tenant.attach(router, subnet);
  const before = await cidrsOf(scene);
  show(
    scene,
    'subnets before the provider has said anything',
    `${[UNDELEGATED, UNDELEGATED]}`,
    `${before}`,
    true,
  );
  const server =
    setting.server === 'kea'
      ? DelegatingServer.kea(outside.device, setting.pool, setting.length, TIMES)
      : DelegatingServer.wide(outside.device, duidOf(router), [setting.pool], TIMES);
  await shares(scene, setting.pool);
  await reaches(scene, 'the host beyond the provider, from each network');
  await refusesTheRest(scene);
  await renews(scene);
  if (setting.server === 'kea') {
    if (trial.hosts.length >= 2) await movesOn(scene, server);
    await server.stop();
    const next = DelegatingServer.kea(outside.device, NEXT_POOL, setting.length, TIMES);
    await changes(scene);
    await runsOut(scene, next);
  } else await givesBack(scene, server);
}

const named = ({ server }: Setting): string => (server === 'kea' ? 'Kea' : 'WIDE');

/** DUID-UUID (RFC 6355): that of the router. */
const duidOf = ({ id }: Answered<'router'>): string => `0004${id.replaceAll('-', '')}`;

async function build(trial: Trial, setting: Setting): Promise<Scene> {
  const tenant = trial.tenant(setting.server);
  const network = await tenant.network('outside', 'vlan', { 'router:external': true });
  const { beyond, number } = setting;
  const outside = await Outside.start(trial, network, { beyond, number });
  const router = await tenant.make('router', {
    name: 'edge',
    external_gateway_info: { network_id: network.id },
    ipv6_next_hop: `${outside.linkLocal}`,
  });
  const behind: Behind[] = [];
  for (const name of ['one', 'two']) {
    const inside = await tenant.network(name);
    const modes = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' } as const;
    const wish = { network_id: inside.id, ip_version: 6, subnetpool_id: 'prefix_delegation' } as const;
    const subnet = await tenant.make('subnet', { ...wish, ...modes });
    const port = await tenant.port(inside);
    behind.push({ subnet, port, instance: await trial.instance(`instance-${name}`, port) });
  }
  return { trial, tenant, setting, outside, router, behind };
}

const cidrsOf = ({ tenant, behind }: Scene): Promise<string[]> =>
  Promise.all(behind.map(async ({ subnet }) => (await tenant.client.show('subnet', subnet.id)).cidr));

/** Puts down what was seen with the server of the setting. */
function show({ trial, setting }: Scene, what: string, expected: string, seen: string, ok: boolean): void {
  trial.show({ what: `${named(setting)}: ${what}`, expected, seen, ok, core: true });
}

/** The /64 of each subnet once they are all of this pool; what they are else. */
async function cidrsIn(scene: Scene, pool: Prefix): Promise<string[]> {
  let cidrs: string[] = [];
  await waitUntil(async () => {
    cidrs = await cidrsOf(scene);
    return cidrs.every((cidr) => pool.covers(Prefix.parse(cidr)));
  }, FOLLOWED_MS);
  return cidrs;
}

/** Each subnet has a /64 of its own out of the pool, and the router upstream leads there. */
async function shares(scene: Scene, pool: Prefix): Promise<void> {
  const { setting, tenant, router, outside, behind } = scene;
  const cidrs = await cidrsIn(scene, pool);
  const prefixes = cidrs.map((cidr) => Prefix.parse(cidr));
  const delegated = prefixes.map(
    ({ network }) => `${Prefix.of(networkOf(network, setting.length), setting.length)}`,
  );
  show(
    scene,
    'the subnets of the router, once the provider has answered',
    `a /64 each of one /${setting.length} out of ${pool}`,
    cidrs.join(', '),
    prefixes.every((prefix) => pool.covers(prefix)) &&
      new Set(cidrs).size === 2 &&
      new Set(delegated).size === 1,
  );
  const { upstream_routes: routes } = await tenant.client.show('router', router.id);
  const nexthop = routes[0]?.nexthop ?? '';
  await outside.leadTo([{ destination: `${pool}`, nexthop }]);
  for (const { instance, port } of behind) {
    const address = await addressIn(scene, port, pool);
    await configured([instance.interface('eth0'), address]);
  }
}

const networkOf = (address: Address, length: number): Address =>
  Address.of(6, (address.value >> BigInt(128 - length)) << BigInt(128 - length));

/** The address of a port in the pool. */
async function addressIn({ tenant }: Scene, { id }: Answered<'port'>, pool: Prefix): Promise<Address> {
  const { fixed_ips: all } = await tenant.client.show('port', id);
  const found = all
    .map(({ ip_address: text = '::' }) => Address.parse(text))
    .find((one) => pool.contains(one));
  return found ?? Address.parse('::');
}

async function reaches({ trial, setting, outside, behind }: Scene, what: string): Promise<void> {
  for (const { instance } of behind)
    trial.show(
      await pingPassesSoon({ what: `${named(setting)}: ${what}`, core: true }, instance, outside.host),
    );
}

/** What was delegated and no subnet has goes nowhere: by the default route the provider would get it back. */
async function refusesTheRest(scene: Scene): Promise<void> {
  const { trial, setting, outside, behind } = scene;
  const [cidr = UNDELEGATED] = await cidrsOf(scene);
  const whole = Prefix.of(networkOf(Prefix.parse(cidr).network, setting.length), setting.length);
  const unused = whole.last;
  const { instance } = behind[0] as Behind;
  const capture = trial.capture(outside.device);
  for (const target of [unused, outside.host])
    await instance.tryRun(['ping', '-6', '-c', '2', '-i', '0.2', '-W', '1', `${target}`]);
  const passed = (target: Address): boolean =>
    capture.observations.some(
      ({ frame: { network } }) => network.kind === 'ipv6' && network.destination.equals(target),
    );
  await waitUntil(() => passed(outside.host), FOLLOWED_MS);
  const went = [unused, outside.host].filter(passed);
  show(
    scene,
    `what of an instance's packets to ${unused}, in no subnet, and to the host beyond the provider sees`,
    `those to ${outside.host}`,
    `those to ${went.join(', ') || 'neither'}`,
    `${went}` === `${outside.host}`,
  );
  trial.show(
    await pingFails({ what: `${named(setting)}: ${unused} from the host beyond` }, outside.beyond, unused),
  );
}

/** The prefix is prolonged, and instances hear of no more time than there is. */
async function renews(scene: Scene): Promise<void> {
  const { tenant, behind } = scene;
  const { subnet, instance } = behind[0] as Behind;
  const end = async () => (await tenant.client.show('subnet', subnet.id)).prefix_valid_until ?? '';
  const before = await end();
  const after = await waitUntil(async () => {
    const now = await end();
    return now > before && now;
  }, FOLLOWED_MS);
  show(
    scene,
    'when the prefix ends, some time later',
    `later than ${before}`,
    after ?? before,
    after !== undefined,
  );
  const longest = Math.max(
    ...instance
      .interface('eth0')
      .addresses()
      .filter(({ dynamic, address }) => dynamic && !address.isLinkLocal)
      .map(({ validLifetime }) => validLifetime),
  );
  show(
    scene,
    'how long instances use addresses at most',
    `${TIMES.valid} s, as the provider says`,
    `${longest} s`,
    longest <= TIMES.valid,
  );
}

/** Another host has the router's gateway from now on, and goes on with its prefix. */
async function movesOn(scene: Scene, server: DelegatingServer): Promise<void> {
  const { trial, router } = scene;
  const holder = async () =>
    (await trial.showAsAdmin('router', router.id)).gateway_hosts[0]?.host ?? 'nobody';
  const before = await holder();
  const agent = (await trial.listAsAdmin('agent')).find(({ host }) => host === before);
  const cidrs = await cidrsOf(scene);
  await trial.changeAsAdmin('agent', agent?.id ?? '', { admin_state_up: false }, { admin_state_up: true });
  await waitUntil(async () => (await holder()) !== before, FOLLOWED_MS);
  const after = await holder();
  show(scene, 'who has the gateway when its host is disabled', `not ${before}`, after, after !== before);
  await renews(scene);
  const isReleased = /RELEASE/.test(server.output);
  const seen = `${await cidrsOf(scene)}${isReleased ? ', after it was given back' : ''}`;
  show(scene, 'the subnets, which another host has prolonged now', `${cidrs}`, seen, seen === `${cidrs}`);
  await reaches(scene, 'the host beyond, by another host');
}

/** The provider gives another prefix: instances leave the former one, and go on with the next. */
async function changes(scene: Scene): Promise<void> {
  const { behind, setting } = scene;
  const { instance, port } = behind[0] as Behind;
  const device = instance.interface('eth0');
  const [former] = device.usable(6).filter((address) => setting.pool.contains(address));
  await shares(scene, NEXT_POOL);
  const isLeft = await waitUntil(
    () => !device.addresses().some(({ address, deprecated }) => former?.equals(address) && !deprecated),
    FOLLOWED_MS,
  );
  show(
    scene,
    'the address of an instance in the former prefix',
    'not used any more (RFC 9096)',
    isLeft ? 'not used any more (RFC 9096)' : `${former} is still preferred`,
    isLeft === true,
  );
  const address = await addressIn(scene, port, NEXT_POOL);
  show(
    scene,
    'its address in the next one',
    'it is there',
    `${address}`,
    device.usable(6).some((one) => one.equals(address)),
  );
  await reaches(scene, 'the host beyond, with the next prefix');
}

/** The provider is gone for good: what it gave ends when it said so. */
async function runsOut(scene: Scene, server: DelegatingServer): Promise<void> {
  await server.stop();
  const { tenant, behind } = scene;
  const ended = await waitUntil(
    async () => (await cidrsOf(scene)).every((cidr) => cidr === UNDELEGATED),
    2 * TIMES.valid * 1_000,
  );
  const { cidr, prefix_reason: reason } = await tenant.client.show('subnet', (behind[0] as Behind).subnet.id);
  show(
    scene,
    'a subnet when the provider has been gone for longer than it gave the prefix',
    `${UNDELEGATED}, with the reason`,
    `${cidr}: ${reason}`,
    ended === true && reason !== '',
  );
}

/** Subnets that leave the router give back what they have, and so does a router whose gateway goes. */
async function givesBack(scene: Scene, server: DelegatingServer): Promise<void> {
  const { tenant, router, behind, setting } = scene;
  for (const { subnet } of behind)
    await tenant.client.removeRouterInterface(router.id, { subnet_id: subnet.id });
  await hearsRelease(scene, server, 'the subnets have left the router');
  for (const { subnet } of behind) await tenant.attach(router, subnet);
  await shares(scene, setting.pool);
  const heard = server.output.length;
  await tenant.client.update('router', router.id, { external_gateway_info: null });
  await hearsRelease(scene, server, 'the router has no gateway any more', heard);
}

/** @param from how much of what the server said was there before */
async function hearsRelease(scene: Scene, server: DelegatingServer, when: string, from = 0): Promise<void> {
  const isReleased = await waitUntil(
    () => server.output.slice(from).includes('received release from'),
    FOLLOWED_MS,
  );
  const expected = `that it is given back; the subnets are ${UNDELEGATED}`;
  const cidrs = await cidrsOf(scene);
  const isLeft = cidrs.every((one) => one === UNDELEGATED);
  const seen =
    isReleased && isLeft ? expected : `${isReleased ? 'a release' : 'nothing'}; the subnets are ${cidrs}`;
  show(scene, `what the server hears of the prefix when ${when}`, expected, seen, seen === expected);
}
