/** How the service is, for whoever watches it: no project asks this, so no header says which. */
import type { FastifyInstance } from 'fastify';
import { EXPOSITION_TYPE, exposition, type Registry } from '../metrics/index.ts';
import { type HealthCheck, readiness } from './health.ts';

/** Watchers ask every few seconds: their requests are logged when they fail alone. */
const QUIETLY = { logLevel: 'warn', schema: { hide: true } } as const;

/** Adds `/healthz` (alive), `/readyz` (able to serve, part by part) and `/metrics` (for Prometheus). */
export function addStateRoutes(
  app: FastifyInstance,
  checks: readonly HealthCheck[],
  metrics: Registry,
): void {
  app.get('/healthz', QUIETLY, () => ({ ok: true }));
  app.get('/readyz', QUIETLY, async (_request, reply) => {
    const { ready, parts } = await readiness(checks);
    return reply.code(ready ? 200 : 503).send(parts);
  });
  app.get('/metrics', QUIETLY, async (_request, reply) =>
    reply
      .header('content-type', EXPOSITION_TYPE)
      .serializer((text: string) => text)
      .send(exposition(await metrics.read())),
  );
}
