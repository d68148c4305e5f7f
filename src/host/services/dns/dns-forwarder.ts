/**
 * Questions that are passed on to other DNS servers. Each goes out from a port of its own
 * with an id of its own, both random, so that nobody off the path can answer (RFC 5452).
 */

import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFileSync, statSync } from 'node:fs';
import { connect, isIPv6 } from 'node:net';
import { DNS_PORT } from '../../../packets/index.ts';

export interface ForwarderOptions {
  /** That of DNS, but for tests. */
  readonly port?: number;
  /** Milliseconds that one server may take. */
  readonly patienceMs?: number;
}

/** Servers that are tried for one question. */
const ATTEMPTS = 3;
const ID_LENGTH = 2;
const HEADER_LENGTH = 12;

export class DnsForwarder {
  readonly #options: ForwarderOptions;

  constructor(options: ForwarderOptions = {}) {
    this.#options = options;
  }

  /**
   * Asks one server after the other until one answers.
   * @param servers their addresses, the preferred one first
   * @param query a whole message
   * @param transport what the question came by: an answer by UDP may be cut
   * @param questionEnd where the question in the message ends: an answer repeats it
   * @returns the answer with the query's id; undefined when there is none
   */
  async ask(
    servers: readonly string[],
    query: Uint8Array,
    transport: 'udp' | 'tcp',
    questionEnd: number,
  ): Promise<Uint8Array | undefined> {
    for (const server of servers.slice(0, ATTEMPTS)) {
      const own = Buffer.from(query);
      own.writeUInt16BE(randomInt(0x1_0000), 0);
      const answer = await (transport === 'udp' ? this.#byUdp(server, own) : this.#byTcp(server, own));
      if (answer === undefined || !isAnswerTo(own, answer, questionEnd)) continue;
      return Buffer.concat([query.subarray(0, ID_LENGTH), answer.subarray(ID_LENGTH)]);
    }
    return undefined;
  }

  #byUdp(server: string, query: Buffer): Promise<Buffer | undefined> {
    const { port = DNS_PORT, patienceMs = 1_500 } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
    const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4');
    const timer = setTimeout(() => resolve(undefined), patienceMs);
    socket.on('error', () => resolve(undefined));
    // What has another id is an answer to nobody's question: the one that is awaited may still come.
    socket.on('message', (answer) => {
      if (answer.length >= HEADER_LENGTH && answer.readUInt16BE(0) === query.readUInt16BE(0)) resolve(answer);
    });
    // Connected, it hears nobody but the server.
    socket.connect(port, server, (error?: Error) => {
      if (error) resolve(undefined);
      else socket.send(query);
    });
    return promise.finally(() => {
      clearTimeout(timer);
      socket.close();
    });
  }

  #byTcp(server: string, query: Buffer): Promise<Buffer | undefined> {
    const { port = DNS_PORT, patienceMs = 1_500 } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
    const socket = connect({ host: server, port, timeout: patienceMs });
    const timer = setTimeout(() => resolve(undefined), 2 * patienceMs);
    let received = Buffer.alloc(0);
    socket.on('error', () => resolve(undefined));
    socket.on('timeout', () => resolve(undefined));
    socket.on('close', () => resolve(undefined));
    socket.on('data', (part: Buffer) => {
      received = Buffer.concat([received, part]);
      const length = received.length < 2 ? undefined : received.readUInt16BE(0);
      if (length !== undefined && received.length >= 2 + length) resolve(received.subarray(2, 2 + length));
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    socket.write(Buffer.concat([length, query]));
    return promise.finally(() => {
      clearTimeout(timer);
      socket.destroy();
    });
  }
}

/** Whether it answers this very question. Servers may change the case of letters. */
function isAnswerTo(query: Buffer, answer: Buffer, questionEnd: number): boolean {
  if (answer.length < questionEnd && answer.length !== HEADER_LENGTH) return false;
  const isResponse = ((answer[2] ?? 0) & 0x80) !== 0;
  const question = (message: Buffer) =>
    message.subarray(HEADER_LENGTH, questionEnd).toString('latin1').toLowerCase();
  // An error may come without the question.
  const isSame = answer.length === HEADER_LENGTH || question(answer) === question(query);
  return isResponse && answer.readUInt16BE(0) === query.readUInt16BE(0) && isSame;
}

/** Addresses after `nameserver` in the text of a resolv.conf(5), with their zones. */
export const serversIn = (text: string): string[] =>
  Array.from(text.matchAll(/^\s*nameserver\s+([0-9A-Fa-f.:]+(?:%[\w.-]+)?)/gm), ([, address]) => address!);

/** The machine's own name servers, read again when the file changes. */
export function machineServers(file = '/etc/resolv.conf'): () => readonly string[] {
  let known: { readonly changed: number; readonly servers: readonly string[] } | undefined;
  return () => {
    const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    if (changed === undefined) return [];
    if (known?.changed !== changed) known = { changed, servers: serversIn(readFileSync(file, 'utf8')) };
    return known.servers;
  };
}
