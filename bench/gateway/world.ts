/** An instance behind a router with a gateway, and a host on the external network: what is between them is measured. */
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { Address, Mac, Prefix } from '../../src/addressing/index.ts';
import type { Answered } from '../../src/client/index.ts';
import {
  bridgeOfPhysicalNetwork,
  type InstanceInterface,
  Lab,
  type LabInstance,
  type PluggablePort,
  ping,
  SwitchConnection,
  waitUntil,
} from '../../src/lab/index.ts';
import { INTEGRATION_BRIDGE } from '../../src/switch/index.ts';
import type { PluggableHost } from '../first-ping.ts';
import type { Workspace } from '../workspace.ts';

export const OUTER_PHYSICAL_NETWORK = 'physnet1';
/** By which IPv4 is reached. Not the well-known one: the host outside has an address of tests (RFC 6052 section 3.1). */
export const NAT64: Prefix = Prefix.parse('fd5e:c7a9:7e57:64::/96');
/** Of the external network: the router upstream has the first address of each, and is the host, too. */
export const OUTER4: Prefix = Prefix.parse('198.18.94.0/24');
export const OUTER6: Prefix = Prefix.parse('fd5e:c7a9:7e57:ee::/64');
/** Of the instance, which has an address of each; what stands for the second one outside is for whoever has it translated. */
const INNER = Prefix.parse('fd5e:c7a9:7e57:10::/64');
export const TRANSLATED: Prefix = Prefix.parse('fd5e:c7a9:7e58::/48');
const INNER_TRANSLATED = Prefix.parse('fd5e:c7a9:7e58:10::/64');
const OUTSIDE_MAC = Mac.parse('02:00:00:5e:00:01');
/** In which what is new is reached. */
const READY_MS = 20_000;
const QUICK = { count: 1, patienceMs: 200 } as const;

export interface GatewayOptions {
  readonly workspace: Workspace;
  readonly host: PluggableHost;
  readonly signal: AbortSignal;
}

/** What a benchmark has. */
export interface GatewayWorld extends GatewayOptions {
  readonly lab: Lab;
  readonly router: Answered<'router'>;
  /** The external network, and the one of the instance. */
  readonly networks: Readonly<Record<'outer' | 'inner', Answered<'network'>>>;
  readonly guest: LabInstance;
  /** Of the instance: the one that is routed, and the one in the prefix that may be translated. */
  readonly addresses: Readonly<Record<'routed' | 'translated', Address>>;
  readonly port: Answered<'port'>;
  readonly outside: LabInstance;
  /** Addresses of the host outside, which are also those by which it leads to the router. */
  readonly outer: Readonly<Record<4 | 6, Address>>;
  /** Plugs in an instance, its device of this name up. */
  plug(instance: LabInstance, port: PlugPort, device: string): Promise<InstanceInterface>;
  /** Likewise, past the guard: a port that the API knows nothing of. */
  plugUnguarded(instance: LabInstance, port: PlugPort, device: string): Promise<InstanceInterface>;
  /** Likewise, on the external network. */
  plugOutside(instance: LabInstance, mac: Mac, device: string): Promise<InstanceInterface>;
}

type PlugPort = Pick<PluggablePort, 'id' | 'mac' | 'mtu'>;

/**
 * Does something with an instance and a host outside that it reaches; they are gone afterwards.
 * @throws Error when it does not in 20 s
 */
export async function withGateway<T>(
  options: GatewayOptions,
  act: (world: GatewayWorld) => Promise<T>,
): Promise<T> {
  const { workspace, host, signal } = options;
  const networks = await makeNetworks(workspace);
  const router = await workspace.make('router', {
    external_gateway_info: { network_id: networks.outer.id },
  });
  for (const { id } of networks.subnets) await workspace.attach(router.id, id);
  await using connections = new AsyncDisposableStack();
  await using lab = Lab.open();
  const open = async (bridge: string): Promise<SwitchConnection> => {
    const { switchDatabase: database, namespace } = host;
    const facts = { database, namespace, bridge };
    const opened = await SwitchConnection.open(facts, pino({ level: 'silent' }), signal);
    return connections.adopt(opened, (made) => made.close());
  };
  const physical = await open(bridgeOfPhysicalNetwork(OUTER_PHYSICAL_NETWORK));
  const plugOutside = async (instance: LabInstance, mac: Mac, device: string) => {
    const { mtu, 'provider:segmentation_id': vlan } = networks.outer;
    const port = { id: randomUUID(), mac, mtu, vlan: vlan ?? 0 };
    return upWithout(await lab.plug(physical, port, instance, device));
  };
  const port = await workspace.make('port', {
    ...workspace.port(networks.inner.id),
    security_groups: [await workspace.openGroup()],
  });
  const bridge = await open(String(port['binding:vif_details']?.bridge_name));
  const plug = async (instance: LabInstance, plugged: PlugPort, device: string) =>
    upWithout(await lab.plug(bridge, plugged, instance, device));
  const integration = await open(INTEGRATION_BRIDGE);
  const plugUnguarded = async (instance: LabInstance, plugged: PlugPort, device: string) =>
    upWithout(await lab.plug(integration, { ...plugged, isUnguarded: true }, instance, device));
  const outside = await lab.instance('outside');
  const outer = { 4: OUTER4.at(1n), 6: OUTER6.at(1n) };
  const leg = await plugOutside(outside, OUTSIDE_MAC, 'eth0');
  leg.addAddress(outer[4], OUTER4.length);
  leg.addAddress(outer[6], OUTER6.length);
  const guest = await lab.instance('guest');
  const mac = Mac.parse(port.mac_address);
  const device = await plug(guest, { id: port.id, mac, mtu: networks.inner.mtu }, 'eth0');
  const own = port.fixed_ips.map(({ ip_address }) => Address.parse(ip_address ?? ''));
  const addresses = { routed: memberOf(INNER, own), translated: memberOf(INNER_TRANSLATED, own) };
  for (const one of own) device.addAddress(one, INNER.length);
  await guest.run('ip', '-6', 'route', 'add', 'default', 'via', `${INNER.at(1n)}`, 'dev', 'eth0');
  await leadTo(outside, `${INNER}`, outerOf(router));
  const world = {
    ...{
      ...options,
      lab,
      router,
      networks,
      guest,
      addresses,
      port,
      outside,
      outer,
      plug,
      plugUnguarded,
      plugOutside,
    },
  };
  await reaches(guest, outer[6], addresses.routed);
  return await act(world);
}

/** The external network, and an IPv6-mostly one inside with its subnets. */
async function makeNetworks(workspace: Workspace) {
  const outer = await workspace.make('network', {
    ...{ 'router:external': true, 'provider:network_type': 'vlan' },
    'provider:physical_network': OUTER_PHYSICAL_NETWORK,
  });
  for (const prefix of [OUTER4, OUTER6])
    await workspace.make('subnet', {
      ...{ network_id: outer.id, cidr: `${prefix}`, ip_version: prefix.network.family },
      ...{ gateway_ip: `${prefix.at(1n)}`, enable_dhcp: false },
    });
  const inner = await workspace.make('network', { nat64_prefix: `${NAT64}` });
  const subnets: Answered<'subnet'>[] = [];
  for (const prefix of [INNER, INNER_TRANSLATED])
    subnets.push(
      await workspace.make('subnet', {
        ...{ network_id: inner.id, ip_version: 6, cidr: `${prefix}`, gateway_ip: `${prefix.at(1n)}` },
        ...{ ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' },
      }),
    );
  return { outer, inner, subnets };
}

/** @throws Error when none of them is in the prefix */
function memberOf(prefix: Prefix, addresses: readonly Address[]): Address {
  const found = addresses.find((address) => prefix.contains(address));
  if (found === undefined) throw new Error(`There is no address in ${prefix}.`);
  return found;
}

/** The address of IPv6 that a router has outside. */
export const outerOf = ({ external_gateway_info: info }: Answered<'router'>): Address =>
  memberOf(
    OUTER6,
    (info?.external_fixed_ips ?? []).map(({ ip_address }) => Address.parse(ip_address ?? '')),
  );

/** Has a host send what is for a prefix to a neighbour. */
export async function leadTo(from: LabInstance, destination: string, nexthop: Address): Promise<void> {
  await from.run('ip', 'route', 'replace', destination, 'via', `${nexthop}`, 'dev', 'eth0');
}

/** @throws Error when there is no answer in 20 s */
export async function reaches(from: LabInstance, target: Address, source: Address): Promise<void> {
  const answers = async () => (await ping(from, target, { source, ...QUICK })).received > 0;
  if (!(await waitUntil(answers, READY_MS))) throw new Error(`${target} does not answer ${source}.`);
}

/** A device up, with no address that it takes by itself but its link-local one. */
function upWithout(device: InstanceInterface): InstanceInterface {
  device.setIpv6('accept_ra', 0);
  device.up();
  return device;
}
