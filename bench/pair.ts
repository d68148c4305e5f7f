/** Two instances on one network, to measure what is between them. */
import { pino } from 'pino';
import { Address, Mac, Prefix } from '../src/addressing/index.ts';
import type { Answered } from '../src/client/index.ts';
import { type InstanceInterface, Lab, type LabInstance, ping, SwitchConnection } from '../src/lab/index.ts';
import { INTEGRATION_BRIDGE } from '../src/switch/index.ts';
import type { PluggableHost } from './first-ping.ts';
import type { NetworkKind, ProviderWish, Workspace } from './workspace.ts';

/** Whether instances are plugged in where the API says, or past the guard, into OVN's own bridge. */
export type Way = 'guarded' | 'past the guard';

const ON_LINK = 64;
/** Pings, 100 ms apart, until two new instances reach each other. */
const READY = { count: 100, intervalMs: 100 } as const;

export interface PairMember {
  readonly instance: LabInstance;
  readonly device: InstanceInterface;
  readonly port: Answered<'port'>;
  readonly mac: Mac;
  readonly address: Address;
}

/** Where the pair is, and how. */
export interface PairOptions {
  readonly workspace: Workspace;
  readonly host: PluggableHost;
  /** Where the other one of the two is; the same host when left out. */
  readonly otherHost?: PluggableHost;
  readonly network?: ProviderWish;
  readonly way: Way;
  readonly kind: NetworkKind;
  readonly signal: AbortSignal;
}

/**
 * Does something with two instances that reach each other; they are gone afterwards.
 * Throws when they do not reach each other in 10 s.
 */
export async function withPair<T>(
  options: PairOptions,
  act: (one: PairMember, other: PairMember) => Promise<T>,
): Promise<T> {
  const { workspace, host, otherHost = host, way, kind, signal } = options;
  const networkId = await workspace.network(kind, options.network);
  const { mtu } = await workspace.client.show('network', networkId);
  const security_groups = [await workspace.openGroup()];
  const ports = await workspace.client.createBulk(
    'port',
    Array.from({ length: 2 }, () => ({ ...workspace.port(networkId), security_groups })),
  );
  const named = ports[0]!['binding:vif_details']?.bridge_name;
  const bridge = way === 'guarded' && typeof named === 'string' ? named : INTEGRATION_BRIDGE;
  const open = ({ switchDatabase: database, namespace }: PluggableHost) =>
    SwitchConnection.open({ database, namespace, bridge }, pino({ level: 'silent' }), signal);
  await using connections = new AsyncDisposableStack();
  const switches: SwitchConnection[] = [];
  for (const one of [host, otherHost])
    switches.push(connections.adopt(await open(one), (made) => made.close()));
  await using lab = Lab.open();
  const members = await Promise.all(
    ports.map(async (port, index): Promise<PairMember> => {
      const instance = await lab.instance('pair');
      const mac = Mac.parse(port.mac_address);
      const plugged = { id: port.id, mac, mtu, isUnguarded: way === 'past the guard' };
      const device = await lab.plug(switches[index]!, plugged, instance, 'eth0');
      const address = Address.parse(port.fixed_ips[0]?.ip_address ?? '');
      device.setIpv6('accept_ra', 0);
      device.up();
      device.addAddress(address, Prefix.of(address, ON_LINK).length);
      return { instance, device, port, mac, address };
    }),
  );
  const [one, other] = members as [PairMember, PairMember];
  const { received } = await ping(one.instance, other.address, READY);
  if (received === 0) throw new Error(`${other.address} does not answer ${one.address}.`);
  return await act(one, other);
}
