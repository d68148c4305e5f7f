/** Who has an address: the kernel's neighbour table, by rtnetlink(7). */

import { type Address, Mac } from '../addressing/index.ts';
import { addressOctets } from '../packets/index.ts';
import { familyOf, SystemCallError } from './libc.ts';
import type { NetlinkSocket } from './netlink.ts';
import { decodeAttributes, encodeAttribute } from './netlink-message.ts';
import { NDA_DST, NDA_LLADDR, NDMSG_LENGTH, RTM_GETNEIGH } from './rtnetlink.ts';

/** The MAC address behind an address on a device, as the kernel resolved it; undefined when it did not. */
export function neighbourMac(socket: NetlinkSocket, device: number, address: Address): Mac | undefined {
  // struct ndmsg: family, padding, device, state, flags, type.
  const header = Buffer.alloc(NDMSG_LENGTH);
  header.writeUInt8(familyOf(address), 0);
  header.writeInt32LE(device, 4);
  try {
    const [answer] = socket.request(`look up neighbour ${address}`, RTM_GETNEIGH, 0, [
      header,
      encodeAttribute(NDA_DST, addressOctets(address)),
    ]);
    const octets = answer && decodeAttributes(answer.body.subarray(NDMSG_LENGTH)).get(NDA_LLADDR);
    return octets?.length === 6 ? Mac.of(BigInt(`0x${octets.toString('hex')}`)) : undefined;
  } catch (error) {
    if (error instanceof SystemCallError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
