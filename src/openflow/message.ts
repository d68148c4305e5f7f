/** OpenFlow 1.4 messages: the header, and how a byte stream is cut into messages. Pure. */

/** Version 1.4, the first with bundles (ONF TS-012, section 7.3.9). */
export const VERSION = 0x05;

/** ofp_type (section 7.1). */
export const MessageType = {
  HELLO: 0,
  ERROR: 1,
  ECHO_REQUEST: 2,
  ECHO_REPLY: 3,
  SET_CONFIG: 9,
  PACKET_IN: 10,
  PACKET_OUT: 13,
  FLOW_MOD: 14,
  MULTIPART_REQUEST: 18,
  MULTIPART_REPLY: 19,
  BARRIER_REQUEST: 20,
  BARRIER_REPLY: 21,
  METER_MOD: 29,
  BUNDLE_CONTROL: 33,
  BUNDLE_ADD_MESSAGE: 34,
} as const;

const HEADER_LENGTH = 8;

/** A message with its header taken off. */
export interface Message {
  type: number;
  /** Ties an answer to its request. */
  transaction: number;
  body: Buffer;
}

export function encodeOpenFlowMessage(
  type: number,
  transaction: number,
  ...parts: readonly Buffer[]
): Buffer {
  const message = Buffer.concat([Buffer.alloc(HEADER_LENGTH), ...parts]);
  message.writeUInt8(VERSION, 0);
  message.writeUInt8(type, 1);
  message.writeUInt16BE(message.length, 2);
  message.writeUInt32BE(transaction, 4);
  return message;
}

/** Cuts a byte stream into messages. Returns them and what is left: the beginning of the next one. */
export function decodeOpenFlowMessages(stream: Buffer): { messages: Message[]; rest: Buffer } {
  const messages: Message[] = [];
  let at = 0;
  while (stream.length - at >= HEADER_LENGTH) {
    const length = Math.max(stream.readUInt16BE(at + 2), HEADER_LENGTH);
    if (stream.length - at < length) break;
    messages.push({
      type: stream.readUInt8(at + 1),
      transaction: stream.readUInt32BE(at + 4),
      body: stream.subarray(at + HEADER_LENGTH, at + length),
    });
    at += length;
  }
  return { messages, rest: stream.subarray(at) };
}

/** Pads to a multiple of eight bytes, as OpenFlow wants its structures. */
export function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc(-data.length & 7)]);
}
