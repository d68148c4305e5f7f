/** DNS messages on a TCP connection: each with its length before it (RFC 1035 section 4.2.2), one after the other. */
import type { Socket } from 'node:net';

/** Octets of the longest question taken: names have 255, options little more. */
const MAX_QUESTION = 4096;

/**
 * Answers what comes until the client or the limits of the connection end it.
 * @param answer gives undefined for what deserves none: that ends the connection
 */
export async function serveDnsTcp(
  socket: Socket,
  answer: (question: Uint8Array) => Promise<Uint8Array | undefined>,
): Promise<void> {
  let received = Buffer.alloc(0);
  // Reading goes on when what was read is answered.
  for await (const part of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, part]);
    while (received.length >= 2) {
      const length = received.readUInt16BE(0);
      if (length > MAX_QUESTION) return;
      if (received.length < 2 + length) break;
      const answered = await answer(received.subarray(2, 2 + length));
      received = received.subarray(2 + length);
      if (answered === undefined || socket.destroyed) return;
      const head = Buffer.alloc(2);
      head.writeUInt16BE(answered.length);
      socket.write(Buffer.concat([head, answered]));
    }
  }
}
