/** ARP for IPv4 over Ethernet (RFC 826). */

import type { Address, Mac } from '../addressing/index.ts';
import { ETHER_TYPE } from './ethernet.ts';
import { addressOctets, concat, macOctets, PacketError, Reader, u8, u16 } from './wire.ts';

/** One ARP request or reply; addresses are IPv4. */
export interface ArpMessage {
  readonly operation: 'request' | 'reply';
  readonly senderMac: Mac;
  readonly sender: Address;
  readonly targetMac: Mac;
  readonly target: Address;
}

/** Numbers of what a message does. */
export const ARP_OPERATION = { request: 1, reply: 2 } as const;
const ETHERNET = 1;

/** The 28 octets of the message. */
export function encodeArp(message: ArpMessage): Uint8Array {
  return concat(
    u16(ETHERNET),
    u16(ETHER_TYPE.ipv4),
    u8(6),
    u8(4),
    u16(ARP_OPERATION[message.operation]),
    macOctets(message.senderMac),
    addressOctets(message.sender),
    macOctets(message.targetMac),
    addressOctets(message.target),
  );
}

/**
 * Reads a message; padding after it is ignored.
 * @throws PacketError for another kind of ARP
 */
export function decodeArp(octets: Uint8Array): ArpMessage {
  const reader = new Reader(octets, 'an ARP message');
  const kind = [reader.u16(), reader.u16(), reader.u8(), reader.u8()];
  if (kind.join() !== [ETHERNET, ETHER_TYPE.ipv4, 6, 4].join()) {
    throw new PacketError('an ARP message is not for IPv4 over Ethernet');
  }
  const code = reader.u16();
  if (code !== ARP_OPERATION.request && code !== ARP_OPERATION.reply) {
    throw new PacketError(`an ARP message has operation ${code}: neither request nor reply`);
  }
  return {
    operation: code === ARP_OPERATION.request ? 'request' : 'reply',
    senderMac: reader.mac(),
    sender: reader.address(4),
    targetMac: reader.mac(),
    target: reader.address(4),
  };
}
