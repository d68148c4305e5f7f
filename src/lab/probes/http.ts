/** HTTP requests from instances: sockets of this process, opened in the instances' namespaces. */
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Address } from '../../addressing/index.ts';
import type { LabInstance } from '../instance/instance.ts';
import { afterPatience } from '../wait.ts';

/** What became of a request. */
export type HttpOutcome =
  | { readonly outcome: 'answered'; readonly status: number; readonly body: string }
  /** No connection, or one that broke off: the error code. */
  | { readonly outcome: 'refused'; readonly code: string }
  /** No answer. */
  | { readonly outcome: 'silence' };

export interface HttpProbe {
  readonly to: Address;
  /** On which device's link a link-local address is. */
  readonly device?: string;
  readonly port?: number;
  readonly method?: string;
  /** As it shall stand in the request line. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const PATIENCE_MS = 5_000;
const HTTP_PORT = 80;

/** Asks once, on a connection of its own. */
export async function httpProbe(
  from: LabInstance,
  { to, device, port = HTTP_PORT, method = 'GET', path, headers = {} }: HttpProbe,
  patienceMs = PATIENCE_MS,
): Promise<HttpOutcome> {
  const { promise, resolve } = Promise.withResolvers<HttpOutcome>();
  const asked = request(
    {
      method,
      path,
      headers: { host: 'metadata', ...headers },
      createConnection: () => openHttp(from, to, device, port),
    },
    (answer) => read(answer).then(resolve, (error) => resolve(refused(error))),
  );
  asked.on('error', (error) => resolve(refused(error)));
  asked.end();
  const end = afterPatience(patienceMs, () => resolve({ outcome: 'silence' }));
  try {
    return await promise;
  } finally {
    end();
    asked.destroy();
  }
}

/** A connection from an instance to a web server, under way, for those that misuse it. */
export function openHttp(
  from: LabInstance,
  to: Address,
  device: string | undefined,
  port = HTTP_PORT,
): Socket {
  const host = device !== undefined && to.family === 6 && to.isLinkLocal ? `${to}%${device}` : to.toString();
  return from.inside(() =>
    connect({
      port,
      // With a name to look up, even one of this kind, the socket is made at once, hence in the namespace.
      host: 'instance.invalid',
      lookup: (_name, _options, callback) => callback(null, host, to.family),
      autoSelectFamily: false,
    }),
  );
}

async function read(answer: IncomingMessage): Promise<HttpOutcome> {
  const parts: Buffer[] = [];
  for await (const part of answer as AsyncIterable<Buffer>) parts.push(part);
  return {
    outcome: 'answered',
    status: answer.statusCode ?? 0,
    body: Buffer.concat(parts).toString('utf8'),
  };
}

const refused = (error: NodeJS.ErrnoException): HttpOutcome => ({
  outcome: 'refused',
  code: error.code ?? error.message,
});
