/**
 * The encoding of netlink messages (netlink(7)): a header, a fixed part that goes with the message type, and
 * attributes, which may hold attributes. Numbers are in the machine's byte order, here little-endian as on every
 * machine that Sextant supports. Pure.
 */

const HEADER_LENGTH = 16;
const ATTRIBUTE_HEADER_LENGTH = 4;
/** The upper two bits of an attribute's type are flags: nested, network byte order. */
const ATTRIBUTE_TYPE_MASK = 0x3fff;
const NLA_F_NESTED = 0x8000;

/** A message with its header taken off. */
export interface NetlinkMessage {
  type: number;
  flags: number;
  sequence: number;
  /** The fixed part and the attributes. */
  body: Buffer;
}

/** Encodes a message: its fixed part and attributes, padded already as `attribute` does. */
export function encodeNetlinkMessage(
  type: number,
  flags: number,
  sequence: number,
  parts: readonly Buffer[],
): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH);
  const message = Buffer.concat([header, ...parts]);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(type, 4);
  message.writeUInt16LE(flags, 6);
  message.writeUInt32LE(sequence, 8);
  return message;
}

/** Takes apart what one read from a netlink socket gave. */
export function decodeNetlinkMessages(data: Buffer): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at + HEADER_LENGTH <= data.length; ) {
    const length = data.readUInt32LE(at);
    messages.push({
      type: data.readUInt16LE(at + 4),
      flags: data.readUInt16LE(at + 6),
      sequence: data.readUInt32LE(at + 8),
      body: data.subarray(at + HEADER_LENGTH, at + length),
    });
    at += aligned(length);
  }
  return messages;
}

/** Encodes an attribute. */
export function encodeAttribute(type: number, payload: Uint8Array): Buffer {
  const encoded = Buffer.alloc(aligned(ATTRIBUTE_HEADER_LENGTH + payload.length));
  encoded.writeUInt16LE(ATTRIBUTE_HEADER_LENGTH + payload.length, 0);
  encoded.writeUInt16LE(type, 2);
  encoded.set(payload, ATTRIBUTE_HEADER_LENGTH);
  return encoded;
}

/** An attribute of 32 bits. */
export function attribute32(type: number, value: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32LE(value);
  return encodeAttribute(type, payload);
}

/** A text attribute, terminated by a NUL. */
export function textAttribute(type: number, text: string): Buffer {
  return encodeAttribute(type, Buffer.from(`${text}\0`));
}

/** An attribute that holds attributes. */
export function nest(type: number, ...attributes: readonly Buffer[]): Buffer {
  return encodeAttribute(type | NLA_F_NESTED, Buffer.concat(attributes));
}

/** Takes attributes apart: payload by type. */
export function decodeAttributes(data: Buffer): Map<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let at = 0; at + ATTRIBUTE_HEADER_LENGTH <= data.length; ) {
    const length = data.readUInt16LE(at);
    if (length < ATTRIBUTE_HEADER_LENGTH) break;
    const type = data.readUInt16LE(at + 2) & ATTRIBUTE_TYPE_MASK;
    attributes.set(type, data.subarray(at + ATTRIBUTE_HEADER_LENGTH, at + length));
    at += aligned(length);
  }
  return attributes;
}

/** The text of an attribute, without its NUL. */
export function attributeText(payload: Buffer): string {
  return payload.toString('utf8').replace(/\0.*$/s, '');
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
