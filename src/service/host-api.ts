/**
 * What the service answers its hosts, on a unix socket that only its own user can open: nobody asks here for
 * somebody else. Instances never reach it but through a host.
 */

import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { RequestError } from '../errors/index.ts';
import type { Store } from '../resources/index.ts';
import { StoreFullError } from '../store/index.ts';
import { addAnycastHealth } from './anycast-health.ts';
import { addHostMetrics, type HostMetrics } from './host-metrics.ts';
import { addMetadataRoutes } from './metadata-api.ts';
import { addTakenAddresses } from './taken-addresses.ts';

export interface HostApiOptions {
  readonly store: Store;
  /** Where what hosts count is kept. */
  readonly hostMetrics: HostMetrics;
  /** Path of the socket; one that is left of a dead process is replaced. */
  readonly socket: string;
  readonly log: Logger;
}

/** Starts answering. `close` of the result ends it. */
export async function startHostApi({
  socket,
  store,
  hostMetrics,
  log,
}: HostApiOptions): Promise<FastifyInstance> {
  const api = Fastify({ logger: false });
  api.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) => {
    const status = error instanceof RequestError ? error.status : (error.statusCode ?? 500);
    // The store tells by itself that it is full; hosts ask again.
    if (status >= 500 && !(error instanceof StoreFullError))
      log.error({ err: error, url: request.url }, 'a request of a host failed');
    return reply.status(status).send({ message: error.message });
  });
  addAnycastHealth(api, store);
  addTakenAddresses(api, store);
  addMetadataRoutes(api, store);
  addHostMetrics(api, hostMetrics);
  mkdirSync(dirname(socket), { recursive: true });
  rmSync(socket, { force: true });
  await api.listen({ path: socket });
  chmodSync(socket, 0o600);
  return api;
}
