/**
 * How an instance's port is wired: its device is a port of the guard bridge; a pair of patch ports leads on to
 * OVN's integration bridge, where the far end carries the name by which OVN binds the logical port.
 *
 *     instance ── tap ─ br-vif ─ to-int-ID ══ to-vif-ID (iface-id=ID) ─ br-int
 *
 * Pure but for the transactions that it adds to.
 */
import { Mac } from '../addressing/index.ts';
import { INSTANCE_BRIDGE, INTEGRATION_BRIDGE } from './chassis.ts';
import type { Interface, SwitchDatabase, SwitchTransaction } from './switch-database.ts';

/** Key in external_ids of the patch ports that hosts make; the value is the port's id. */
export const PATCH_MARK = 'sextant:port';

/**
 * Key in external_ids of a device on the integration bridge that is to be past the guard, as whoever has root on the host
 * says. Without, OVN is not shown that such a device is a port's.
 */
export const UNGUARDED_MARK = 'sextant:unguarded';

/**
 * What patch ports of ours have in external_ids, and the options of logical ports where OVN sees the switch as it is: its
 * controller binds a port to no interface that says otherwise or nothing (`iface-id-ver` in ovn-nb(5)).
 */
export const GUARDED_INTERFACE: Readonly<Record<string, string>> = { 'iface-id-ver': 'guarded' };

/** Key in external_ids of the legs of trunks (`trunk-legs.ts`); the value is the id of the trunk's own port. */
export const TRUNK_MARK = 'sextant:trunk';

/** Ids of ports. Whatever else has an `iface-id` on the integration bridge is none of an instance's. */
const PORT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An instance's device as whoever plugs it describes it: the convention of Nova, libvirt and OVN. */
export interface PluggedPort {
  /** The port's id, the logical switch port's name: `iface-id`. */
  id: string;
  /** The port's MAC address: `attached-mac`. */
  mac: Mac;
  /** Name of the device. */
  device: string;
}

/** OpenFlow numbers of a plugged-in port. */
export interface Wiring {
  /** Of the instance's device. */
  readonly instance: number;
  /** Of the patch port that leads to OVN. */
  readonly patch: number;
  /** Whether the device is no instance's, but where the leg of a trunk's subport ends. */
  readonly isLeg?: boolean;
  /** Of a trunk's port: where the legs of its subports begin, by subport. */
  readonly legs?: ReadonlyMap<string, number>;
}

/** The device of a port on the guard bridge, as Nova names it: devices have at most 15 characters. */
export function tapName(portId: string): string {
  return `tap${portId.slice(0, 11)}`;
}

/** The patch port on the guard bridge. */
export function patchToIntegration(portId: string): string {
  return `to-int-${portId}`;
}

/** The patch port on the integration bridge. */
export function patchToInstance(portId: string): string {
  return `to-vif-${portId}`;
}

/** What is plugged in by an interface of the guard bridge: undefined when it does not say so, or has no MAC address. */
export function pluggedPort({ name, type, external_ids }: Interface): PluggedPort | undefined {
  const id = external_ids.get('iface-id');
  const mac = Mac.tryParse(external_ids.get('attached-mac') ?? '');
  // The legs of trunks are patch ports, and devices of their subports.
  const isDevice = type !== 'patch' || external_ids.has(TRUNK_MARK);
  return !isDevice || id === undefined || mac === undefined ? undefined : { id, mac, device: name };
}

/** The port that a patch port of ours belongs to. */
export function patchedPort({ type, external_ids }: Interface): string | undefined {
  return type === 'patch' ? external_ids.get(PATCH_MARK) : undefined;
}

/**
 * The port that a device would have plugged in past the guard, if it is on the integration bridge; undefined for patch
 * ports of ours, for devices that are to be there, and for what is no instance's.
 */
export function pastGuard(externalIds: ReadonlyMap<string, string>): string | undefined {
  const id = externalIds.get('iface-id');
  if (id === undefined || !PORT_ID.test(id)) return undefined;
  return externalIds.has(PATCH_MARK) || externalIds.has(UNGUARDED_MARK) ? undefined : id;
}

/** Plugs an instance's device into the guard bridge. */
export function plugPort(
  transaction: SwitchTransaction,
  database: SwitchDatabase,
  { id, mac }: Pick<PluggedPort, 'id' | 'mac'>,
): void {
  database.putPort(transaction, INSTANCE_BRIDGE, tapName(id), {
    external_ids: { 'iface-id': id, 'attached-mac': mac.toString() },
  });
}

/** Makes the patch ports of a plugged port, which nobody uses yet: they lead nowhere without flows and `iface-id`. */
export function wirePort(
  transaction: SwitchTransaction,
  database: SwitchDatabase,
  { id }: Pick<PluggedPort, 'id'>,
): void {
  const [near, far] = [patchToIntegration(id), patchToInstance(id)];
  const ends = [
    [INSTANCE_BRIDGE, near, far],
    [INTEGRATION_BRIDGE, far, near],
  ] as const;
  for (const [bridge, name, peer] of ends) {
    const columns = { type: 'patch', options: { peer }, external_ids: { [PATCH_MARK]: id } };
    database.putPort(transaction, bridge, name, columns);
  }
}

/**
 * Joins a wired port to OVN, which binds the logical port then. Its numbers are asked for, so that they are the same
 * when the switch starts anew.
 */
export function joinPort(
  transaction: SwitchTransaction,
  database: SwitchDatabase,
  { id, mac, device }: PluggedPort,
  wiring: Wiring,
): void {
  const [near, far] = [patchToIntegration(id), patchToInstance(id)];
  database.putPort(transaction, INSTANCE_BRIDGE, device, { ofport_request: wiring.instance });
  database.putPort(transaction, INSTANCE_BRIDGE, near, { ofport_request: wiring.patch });
  const external_ids = { 'iface-id': id, 'attached-mac': mac.toString(), ...GUARDED_INTERFACE };
  database.putPort(transaction, INTEGRATION_BRIDGE, far, { external_ids });
}

/** Whether a port has been joined to OVN. */
export function isJoined(database: SwitchDatabase, portId: string): boolean {
  return database.interface(patchToInstance(portId))?.external_ids.has('iface-id') ?? false;
}

/** Takes a port away from OVN. */
export function partPort(transaction: SwitchTransaction, database: SwitchDatabase, portId: string): void {
  database.removePort(transaction, patchToIntegration(portId));
  database.removePort(transaction, patchToInstance(portId));
}
