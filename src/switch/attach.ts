/** Attaches instances to the switch, and detaches them: a pair of devices and the port's rows. */
import type { Mac } from '../addressing/index.ts';
import {
  completeChecksums,
  createTap,
  createVeth,
  deleteLink,
  disableIpv6,
  findLink,
  type Link,
  NetlinkSocket,
  setLink,
} from '../linux/index.ts';
import { partPort, plugPort, tapName } from './instance-port.ts';
import type { SwitchDatabase } from './switch-database.ts';

/** A switch to attach to. */
export interface Switch {
  database: SwitchDatabase;
  /** Network namespace of the switch; null is this process's own. */
  namespace: string | null;
}

/** An instance's interface. */
export interface Attachment {
  portId: string;
  mac: Mac;
  /** Bytes, without the Ethernet header. */
  mtu: number;
  /** Network namespace that the instance's device goes to; null is this process's own. */
  namespace: string | null;
  /** Name that the device has there. */
  device: string;
  /** Whether to bring the device up. An instance that wants to be set up first brings it up itself. */
  up: boolean;
}

/**
 * Gives an instance a device that is connected to its port. Doing it again puts right what differs and interrupts
 * nothing. Resolves when the switch's database has it; the host agent guards the port and joins it to OVN a moment
 * later.
 * @throws SystemCallError `EEXIST` when the namespace has another device of that name
 * @throws RefusedError when the switch's database does not accept the port
 */
export async function attach({ database, namespace }: Switch, attachment: Attachment): Promise<void> {
  const { portId, mac, mtu, device, up } = attachment;
  const tap = tapName(portId);
  using inSwitch = new NetlinkSocket(namespace);
  using inInstance = new NetlinkSocket(attachment.namespace);
  if (!areEnds(findLink(inSwitch, tap), findLink(inInstance, device))) {
    await unplug(database, tap);
    deleteLink(inSwitch, tap);
    createVeth(inSwitch, { name: tap, mtu }, { name: device, mac, mtu, namespace: attachment.namespace });
  }
  if (database.wantsChecksums) completeChecksums(attachment.namespace, device);
  const { index } = findLink(inSwitch, tap) as Link;
  setLink(inSwitch, index, { mtu });
  // The instance would hear router solicitations and MLD reports of the switch's kernel.
  disableIpv6(namespace, tap);
  setLink(inSwitch, index, { up: true });
  setLink(inInstance, (findLink(inInstance, device) as Link).index, { mac, mtu, ...(up && { up }) });
  await database.change((transaction) => plugPort(transaction, database, { id: portId, mac }));
}

/**
 * Makes a tap device that is connected to a port, for a virtual machine to open. Doing it again interrupts nothing. With
 * the device that is there, of whatever kind, it goes on as that port's.
 * @returns the device's name, in the switch's namespace
 * @throws RefusedError when the switch's database does not accept the port
 */
export async function attachTap(
  { database, namespace }: Switch,
  { portId, mac, mtu }: Pick<Attachment, 'portId' | 'mac' | 'mtu'>,
): Promise<string> {
  const tap = tapName(portId);
  using inSwitch = new NetlinkSocket(namespace);
  if (findLink(inSwitch, tap) === undefined) createTap(namespace, tap);
  disableIpv6(namespace, tap);
  setLink(inSwitch, findLink(inSwitch, tap)!.index, { mtu, up: true });
  await database.change((transaction) => plugPort(transaction, database, { id: portId, mac }));
  return tap;
}

/** Undoes `attach` and `attachTap`; nothing happens when the port is not attached. */
export async function detach({ database, namespace }: Switch, portId: string): Promise<void> {
  const tap = tapName(portId);
  await database.change((transaction) => {
    partPort(transaction, database, portId);
    database.removePort(transaction, tap);
  });
  using inSwitch = new NetlinkSocket(namespace);
  deleteLink(inSwitch, tap);
}

/**
 * Has the switch let go of a port whose device is not what it was. It would not notice that another device took
 * the name, and must have seen the port gone before it comes again.
 */
async function unplug(database: SwitchDatabase, tap: string): Promise<void> {
  if (database.interface(tap) === undefined) return;
  await database.change((transaction) => database.removePort(transaction, tap));
  await database.applied();
}

/** Whether two devices are the two ends of one pair. */
function areEnds(tap: Link | undefined, device: Link | undefined): boolean {
  if (tap?.kind !== 'veth' || device?.kind !== 'veth') return false;
  return tap.peerIndex === device.index && device.peerIndex === tap.index;
}
