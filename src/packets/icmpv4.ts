/** ICMP for IPv4 (RFC 792). */

import { internetChecksum } from './checksum.ts';
import type { EchoMessage } from './icmpv6.ts';
import { concat, Reader, u8, u16 } from './wire.ts';

/** An echo message, or any other with what follows its checksum. */
export type Icmpv4Message =
  | EchoMessage
  | { readonly kind: 'other'; readonly type: number; readonly code: number; readonly body: Uint8Array };

/** Types (IANA "ICMP Type Numbers"). */
export const ICMPV4_TYPE = {
  'echo-reply': 0,
  redirect: 5,
  'echo-request': 8,
  'router-advertisement': 9,
} as const;

/** The message with its checksum. */
export function encodeIcmpv4(message: Icmpv4Message): Uint8Array {
  const octets =
    message.kind === 'other'
      ? concat(u8(message.type), u8(message.code), u16(0), message.body)
      : concat(
          u8(ICMPV4_TYPE[message.kind]),
          u8(0),
          u16(0),
          u16(message.identifier),
          u16(message.sequence),
          message.data,
        );
  octets.set(u16(internetChecksum(octets)), 2);
  return octets;
}

/**
 * Reads a message, its checksum unseen.
 * @throws PacketError when it ends early
 */
export function decodeIcmpv4(octets: Uint8Array): Icmpv4Message {
  const reader = new Reader(octets, 'an ICMP message');
  const type = reader.u8();
  const code = reader.u8();
  reader.u16();
  const isRequest = type === ICMPV4_TYPE['echo-request'];
  if (code !== 0 || !(isRequest || type === ICMPV4_TYPE['echo-reply'])) {
    return { kind: 'other', type, code, body: reader.rest() };
  }
  return {
    kind: isRequest ? 'echo-request' : 'echo-reply',
    identifier: reader.u16(),
    sequence: reader.u16(),
    data: reader.rest(),
  };
}
