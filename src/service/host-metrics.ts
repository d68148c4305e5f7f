/** What hosts count, for `GET /metrics`: they are processes of their own, so they report it. */

import type { FastifyInstance } from 'fastify';
import { errors } from '../errors/index.ts';
import { HOST_API, METRICS_EVERY_MS } from '../host-contract/index.ts';
import { familiesFrom, labelled, type MetricFamily } from '../metrics/index.ts';
import { type AttributeType, object, text } from '../resources/index.ts';

/** Reports that may be missing before a host is thought gone: its numbers must not stay as they were. */
const MISSING_REPORTS = 3;

/** As the hosts send them. */
const families: AttributeType<MetricFamily[]> = {
  label: 'FAMILIES',
  schema: { type: 'array' },
  storedAs: 'json',
  parse(value, field) {
    try {
      return familiesFrom(value);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw errors.attribute.notParsed({ field, value: 'what came', kind: 'a list of metrics', reason });
    }
  },
};

const report = object({ host: text(255), families }, {});

/** When a host reported last. */
export interface HostReport {
  readonly host: string;
  readonly msAgo: number;
}

/** The hosts' last reports. */
export class HostMetrics {
  readonly #reports = new Map<string, { readonly families: readonly MetricFamily[]; readonly at: number }>();

  /** @param now milliseconds, as `performance.now()` */
  take(host: string, families: readonly MetricFamily[], now: number): void {
    this.#reports.set(host, { families: labelled(families, { host }), at: now });
  }

  /** What the hosts that reported lately count, each series with its host. */
  read(now: number): MetricFamily[] {
    this.#forget(now);
    return [...this.#reports.values()].flatMap(({ families }) => families);
  }

  /** The hosts that reported lately, and when they did last. */
  hosts(now: number): HostReport[] {
    this.#forget(now);
    return Array.from(this.#reports, ([host, { at }]) => ({ host, msAgo: now - at }));
  }

  #forget(now: number): void {
    for (const [host, { at }] of this.#reports)
      if (now - at > MISSING_REPORTS * METRICS_EVERY_MS) this.#reports.delete(host);
  }
}

/** `POST /metrics {host, families}`: what a host counts. */
export function addHostMetrics(api: FastifyInstance, hosts: HostMetrics): void {
  api.post(HOST_API.metrics, async (request, reply) => {
    const { host, families } = report.parse(request.body, 'body');
    hosts.take(host, families, performance.now());
    return reply.status(204).send();
  });
}
