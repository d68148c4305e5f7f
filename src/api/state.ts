/** How the service is, for whoever watches it: no project asks this, so no header says which. */
import type { FastifyInstance } from 'fastify';
import { errors } from '../errors/index.ts';
import { EXPOSITION_TYPE, exposition, type Registry } from '../metrics/index.ts';
import { OPEN, OPEN_HERE } from './authentication.ts';
import { type ReadinessCheck, readiness } from './health.ts';
import type { CallerOf } from './identity.ts';

/** Watchers ask every few seconds: their requests are logged when they fail alone. */
const QUIETLY = { logLevel: 'warn', schema: { hide: true } } as const;

/** What the routes ask. */
export interface StateSources {
  /** What `GET /readyz` asks. */
  readonly healthChecks: readonly ReadinessCheck[];
  /** What `GET /metrics` answers; what the API counts is registered there. */
  readonly metrics: Registry;
  /** What `GET /status` answers: all that there is to know of the service in one document, for administrators. */
  status(): Promise<object>;
}

/**
 * Adds `/healthz` (alive), `/readyz` (able to serve, part by part), `/metrics` (for Prometheus) and `/status` (for
 * people).
 */
export function addStateRoutes(
  app: FastifyInstance,
  { healthChecks, metrics, status }: StateSources,
  callerFrom: CallerOf,
): void {
  app.get('/healthz', { ...QUIETLY, ...OPEN }, () => ({ ok: true }));
  app.get('/readyz', { ...QUIETLY, ...OPEN }, async (_request, reply) => {
    const { ready, parts } = await readiness(healthChecks);
    return reply.code(ready ? 200 : 503).send(parts);
  });
  app.get('/metrics', { ...QUIETLY, ...OPEN_HERE }, async (request, reply) => {
    if (request.signedIn !== undefined && !callerFrom(request).isAdmin) throw errors.request.stateForAdmins();
    return reply
      .header('content-type', EXPOSITION_TYPE)
      .serializer((text: string) => text)
      .send(exposition(await metrics.read()));
  });
  app.get('/status', QUIETLY, async (request) => {
    // It names what projects own.
    if (!callerFrom(request).isAdmin) throw errors.request.stateForAdmins();
    return status();
  });
}
