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
import type { Wiring } from './guard.ts';
import type { Interface, SwitchDatabase, SwitchTransaction } from './switch-database.ts';

/** Key in external_ids of the patch ports that hosts make; the value is the port's id. */
export const PATCH_MARK = 'sextant:port';

/** An instance's device as whoever plugs it describes it: the convention of Nova, libvirt and OVN. */
export interface PluggedPort {
  /** The port's id, the logical switch port's name: `iface-id`. */
  id: string;
  /** The port's MAC address: `attached-mac`. */
  mac: Mac;
  /** Name of the device. */
  device: string;
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
  return type === 'patch' || id === undefined || mac === undefined ? undefined : { id, mac, device: name };
}

/** The port that a patch port of ours belongs to. */
export function patchedPort({ type, external_ids }: Interface): string | undefined {
  return type === 'patch' ? external_ids.get(PATCH_MARK) : undefined;
}

/** Plugs an instance's device into the guard bridge. */
export function plug(
  transaction: SwitchTransaction,
  database: SwitchDatabase,
  { id, mac }: Pick<PluggedPort, 'id' | 'mac'>,
): void {
  database.putPort(transaction, INSTANCE_BRIDGE, tapName(id), {
    external_ids: { 'iface-id': id, 'attached-mac': mac.toString() },
  });
}

/** Numbers of patch ports on the guard bridge, apart from those that the switch gives to devices: it begins with 1. */
const FIRST_PATCH_NUMBER = 0x8000;
const PATCH_NUMBERS = 0x7f00;

/**
 * An OpenFlow number for the patch port of a device, so that its flows can be there before it is.
 * @param instance OpenFlow number of the device
 * @param taken numbers of other ports of the bridge
 */
export function patchNumber(instance: number, taken: ReadonlySet<number>): number {
  let offset = instance % PATCH_NUMBERS;
  while (taken.has(FIRST_PATCH_NUMBER + offset)) offset = (offset + 1) % PATCH_NUMBERS;
  return FIRST_PATCH_NUMBER + offset;
}

/**
 * Joins a plugged port to OVN, which binds the logical port then. Both of its numbers are asked for, so that they
 * are the same when the switch starts anew.
 */
export function join(
  transaction: SwitchTransaction,
  database: SwitchDatabase,
  { id, mac, device }: PluggedPort,
  wiring: Wiring,
): void {
  const [near, far] = [patchToIntegration(id), patchToInstance(id)];
  database.putPort(transaction, INSTANCE_BRIDGE, device, { ofport_request: wiring.instance });
  database.putPort(transaction, INSTANCE_BRIDGE, near, {
    type: 'patch',
    options: { peer: far },
    external_ids: { [PATCH_MARK]: id },
    ofport_request: wiring.patch,
  });
  database.putPort(transaction, INTEGRATION_BRIDGE, far, {
    type: 'patch',
    options: { peer: near },
    external_ids: { [PATCH_MARK]: id, 'iface-id': id, 'attached-mac': mac.toString() },
  });
}

/** Takes a port away from OVN. */
export function part(transaction: SwitchTransaction, database: SwitchDatabase, portId: string): void {
  database.removePort(transaction, patchToIntegration(portId));
  database.removePort(transaction, patchToInstance(portId));
}
