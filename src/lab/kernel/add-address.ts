/** Addresses given to devices by hand, as an operator would: rtnetlink(7), RTM_NEWADDR. */
import type { Address } from '../../addressing/index.ts';
import { NetlinkSocket, REPLACE } from '../../host/netlink.ts';
import { attribute } from '../../host/netlink-message.ts';
import { addressOctets } from '../../packets/wire.ts';

const RTM_NEWADDR = 20;
const AF_INET = 2;
const AF_INET6 = 10;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_F_NODAD = 0x02;

/**
 * Gives a device an address, usable at once: there is no duplicate address detection.
 * @param device index of the device
 * @param length of the prefix that is on the link
 */
export function addAddress(namespace: string | null, device: number, address: Address, length: number): void {
  // struct ifaddrmsg: family, prefix length, flags, scope, device.
  const header = Buffer.from([address.family === 6 ? AF_INET6 : AF_INET, length, IFA_F_NODAD, 0, 0, 0, 0, 0]);
  header.writeInt32LE(device, 4);
  const octets = addressOctets(address);
  using socket = new NetlinkSocket(namespace);
  socket.request(`add address ${address}/${length}`, RTM_NEWADDR, REPLACE, [
    header,
    attribute(IFA_LOCAL, octets),
    attribute(IFA_ADDRESS, octets),
  ]);
}
