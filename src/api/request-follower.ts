/** Every request from its beginning to the end of its answer: its id, its line in the log, its share in the metrics. */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Counter, Gauge, Histogram, Registry } from '../metrics/index.ts';

/** Answers say under which id the log has the request. */
export const REQUEST_ID_HEADER = 'x-openstack-request-id';

const WELL_FORMED_ID = /^req-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The client's id for the request, so that its log and ours can be joined; one of our own unless it is well-formed. */
export function requestIdFrom({ [REQUEST_ID_HEADER]: given }: IncomingHttpHeaders): string {
  return typeof given === 'string' && WELL_FORMED_ID.test(given) ? given : `req-${randomUUID()}`;
}

/** What log and metrics call the route of a path that nothing has: the path itself would be a series for each. */
const UNKNOWN_ROUTE = 'unknown';

/** Follows requests. Routes are templates, `/v2.0/networks/:id`, so that there are not more than the API has. */
export class RequestFollower {
  readonly #inFlight: Gauge;
  readonly #requests: Counter<'method' | 'route' | 'status'>;
  readonly #durations: Histogram<'method' | 'route'>;

  constructor(metrics: Registry) {
    this.#inFlight = metrics.gauge({
      name: 'sextant_http_requests_in_flight',
      help: 'Requests that are being answered.',
    });
    this.#requests = metrics.counter({
      name: 'sextant_http_requests_total',
      help: 'Requests by what they ended with; the status is "aborted" where the client did not wait.',
      labels: ['method', 'route', 'status'],
    });
    this.#durations = metrics.histogram({
      name: 'sextant_http_request_duration_seconds',
      help: 'From the headers of a request to the end of its answer.',
      labels: ['method', 'route'],
    });
  }

  /** Follows all requests that have a route, or none. */
  followAll(app: FastifyInstance): void {
    app.addHook('onRequest', (request, reply, done) => {
      this.follow(request, reply);
      done();
    });
  }

  /** Follows one request from now on, and gives its answer the id. */
  follow(request: FastifyRequest, reply: FastifyReply): void {
    const began = performance.now();
    const { method } = request;
    const route = request.routeOptions.url ?? UNKNOWN_ROUTE;
    reply.header(REQUEST_ID_HEADER, request.id);
    this.#inFlight.add(1);
    let isOver = false;
    const end = (status: number | 'aborted') => {
      // An answer that is sent is closed, too.
      if (isOver) return;
      isOver = true;
      const ms = performance.now() - began;
      this.#inFlight.add(-1);
      this.#requests.increment({ method, route, status: String(status) });
      this.#durations.observe(ms / 1000, { method, route });
      request.log.info({ method, route, status, ms: Number(ms.toFixed(1)) }, 'request');
    };
    reply.raw.once('finish', () => end(reply.statusCode));
    reply.raw.once('close', () => end('aborted'));
  }
}
