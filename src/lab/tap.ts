/** Devices for hosts whose agent knows a port by the name of its device, as with Linux bridges. */
import { createVeth, deleteLink, disableIpv6, findLink, NetlinkSocket, setLink } from '../linux/index.ts';
import { tapName } from '../switch/index.ts';
import type { InstanceInterface, LabInstance } from './instance/instance.ts';
import type { PluggablePort } from './switch-connection.ts';

/**
 * Gives an instance a device, down, whose other end is up under the port's name, for the host's agent to find.
 * @param namespace network namespace of the host; null is the machine's
 */
export function plugTap(
  namespace: string | null,
  { id, mac, mtu }: PluggablePort,
  instance: LabInstance,
  device: string,
): InstanceInterface {
  const tap = tapName(id);
  using socket = new NetlinkSocket(namespace);
  deleteLink(socket, tap);
  createVeth(socket, { name: tap, mtu }, { name: device, mac, mtu, namespace: instance.namespace });
  disableIpv6(namespace, tap);
  setLink(socket, findLink(socket, tap)!.index, { up: true });
  return instance.interface(device);
}

/** Undoes `plugTap`; nothing happens when there is no such device. */
export function unplugTap(namespace: string | null, portId: string): void {
  using socket = new NetlinkSocket(namespace);
  deleteLink(socket, tapName(portId));
}
