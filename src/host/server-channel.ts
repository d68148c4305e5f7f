/** How a host asks its server (`host-contract/host-api.ts` says what). */
import { readFileSync } from 'node:fs';
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { PeerCertificate } from 'node:tls';
import type { TlsFiles } from '../ovsdb/index.ts';
import { SERVICE_NAME } from '../pki/index.ts';

/** What a host asks. */
export interface ServerRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  /** Path and query. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** What the server answered. */
export interface ServerAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Milliseconds that an answer may take. */
const PATIENCE_MS = 10_000;
/** Connections to a server elsewhere. */
const MAX_SOCKETS = 8;

/** Asks by whatever way leads to the server. */
type Send = (options: RequestOptions, answered: (answer: IncomingMessage) => void) => ClientRequest;

export class ServerChannel {
  readonly #send: Send;
  readonly #agent: Agent | undefined;

  /**
   * @param server path of the server's unix socket, or `https://...` for one elsewhere; it need not be there yet
   * @param tls of this host, for a server elsewhere
   */
  constructor(server: string, tls?: TlsFiles) {
    if (server.startsWith('https:')) {
      this.#agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, minVersion: 'TLSv1.3' });
      this.#send = overTls(new URL(server), tls, this.#agent);
    } else {
      this.#send = overSocket(server);
    }
  }

  /** Ends the connections that are kept. */
  close(): void {
    this.#agent?.destroy();
  }

  /** @throws Error when the server cannot be reached, or does not answer in time */
  async request({ method, path, headers, body }: ServerRequest): Promise<ServerAnswer> {
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const { promise, resolve, reject } = Promise.withResolvers<ServerAnswer>();
    const request = this.#send(
      {
        method,
        path,
        headers: {
          ...headers,
          ...(content && { 'content-type': 'application/json', 'content-length': content.length }),
        },
        signal: AbortSignal.timeout(PATIENCE_MS),
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 500, headers } = response;
          resolve({ status, headers, body: Buffer.concat(parts) });
        });
      },
    );
    request.on('error', reject);
    request.end(content);
    return promise;
  }
}

const overSocket =
  (socketPath: string): Send =>
  (options, answered) =>
    httpRequest({ ...options, socketPath }, answered);

/**
 * The server's address may be any: it is known by its name, which the authority gives to nobody else. Connections are
 * kept, and made with the certificate that is there then.
 */
function overTls({ hostname, port }: URL, tls: TlsFiles | undefined, agent: Agent): Send {
  if (tls === undefined) throw new Error('a server elsewhere needs engine.tls: key, certificate and ca');
  return (options, answered) =>
    httpsRequest(
      {
        ...options,
        agent,
        host: hostname.replace(/^\[(.*)\]$/, '$1'),
        port,
        key: readFileSync(tls.privateKey),
        cert: readFileSync(tls.certificate),
        ca: readFileSync(tls.caCertificate),
        checkServerIdentity: checkService,
      },
      answered,
    );
}

/** @returns an error unless it is the service */
export function checkService(_host: string, { subject }: PeerCertificate): Error | undefined {
  return subject.CN === SERVICE_NAME ? undefined : new Error(`${subject.CN} answers, not the service`);
}
