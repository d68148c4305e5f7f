/** A device of a host's own in a namespace, the other end of which is plugged into the switch. */
import type { Mac } from '../addressing/index.ts';
import {
  completeChecksums,
  createVeth,
  deleteLink,
  disableIpv6,
  findLink,
  NetlinkSocket,
  setLink,
} from '../linux/index.ts';
import type { SwitchDatabase } from '../switch/index.ts';

export interface PairedDevice {
  /** Of the end that is plugged in. */
  readonly outside: string;
  /** Of the end in the namespace. */
  readonly inside: string;
  readonly namespace: string;
  readonly mac: Mac;
  /** Octets. */
  readonly mtu: number;
}

/**
 * Makes one, and has both ends up; what is there stays, and what differs is put right. Plugging it in is left to the caller.
 * @param switchNamespace of the switch; null is the process's own
 * @returns the number of the end in the namespace
 * @throws SystemCallError
 */
export function openPairedDevice(
  { wantsChecksums }: Pick<SwitchDatabase, 'wantsChecksums'>,
  switchNamespace: string | null,
  { outside: name, inside, namespace, mac, mtu }: PairedDevice,
): number {
  using outer = new NetlinkSocket(switchNamespace);
  using inner = new NetlinkSocket(namespace);
  if (findLink(inner, inside) === undefined) {
    deleteLink(outer, name);
    createVeth(outer, { name, mtu }, { name: inside, mac, mtu, namespace });
  }
  if (wantsChecksums) completeChecksums(namespace, inside);
  const { index: outside } = findLink(outer, name)!;
  setLink(outer, outside, { mtu });
  disableIpv6(switchNamespace, name);
  setLink(outer, outside, { up: true });
  const { index } = findLink(inner, inside)!;
  setLink(inner, index, { mac, mtu, up: true });
  return index;
}
