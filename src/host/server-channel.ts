/** How a host asks its server (`host-contract/host-api.ts` says what). */
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';

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

export class ServerChannel {
  readonly #socket: string;

  /** @param socket path of the server's unix socket; it need not be there yet */
  constructor(socket: string) {
    this.#socket = socket;
  }

  /** @throws Error when the server cannot be reached, or does not answer in time */
  async request({ method, path, headers, body }: ServerRequest): Promise<ServerAnswer> {
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const { promise, resolve, reject } = Promise.withResolvers<ServerAnswer>();
    const request = httpRequest(
      {
        socketPath: this.#socket,
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
