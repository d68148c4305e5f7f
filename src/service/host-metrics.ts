/** What hosts count, for `GET /metrics`: they are processes of their own, so they report it. */

import type { FastifyInstance } from 'fastify';
import { errors } from '../errors/index.ts';
import { HOST_API, METRICS_EVERY_MS } from '../host-contract/index.ts';
import { familiesFrom, labelled, type MetricFamily } from '../metrics/index.ts';
import {
  type AttributeType,
  followHosts,
  freeObject,
  object,
  recordHeartbeat,
  type Store,
  takeRefused,
  text,
} from '../resources/index.ts';
import type { HostGate } from './host-caller.ts';

/** Reports that may be missing before a host is thought gone: its numbers must not stay as they were. */
const MISSING_REPORTS = 3;

/** Configurations that a host tells of itself, in octets of JSON. */
const MAX_CONFIGURATIONS = 8_192;

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

const report = object(
  { host: text(255), families },
  { hostname: text(255), configurations: freeObject(MAX_CONFIGURATIONS) },
);

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

export interface HostMetricsRoutes {
  readonly hosts: HostMetrics;
  readonly store: Store;
  readonly gate: HostGate;
}

/**
 * `POST /metrics {host, families}`: what a host counts; with `hostname` and `configurations` also a sign that it lives.
 * A host speaks for itself alone.
 */
export function addHostMetrics(api: FastifyInstance, { hosts, store, gate }: HostMetricsRoutes): void {
  api.post(HOST_API.metrics, async (request, reply) => {
    const { host, hostname = host, families, configurations = {} } = report.parse(request.body, 'body');
    const caller = gate.callerOf(request);
    const chassis = caller === 'this machine' ? host : caller.chassis;
    hosts.take(chassis, families, performance.now());
    const name = caller === 'this machine' ? hostname : chassis;
    await store.transaction(async (tx) => {
      const self = { host: name, chassis, configurations: { ...configurations, chassis } };
      if (!(await recordHeartbeat(tx, self))) return;
      await takeRefused(tx, [name, chassis]);
      await followHosts(tx);
    });
    return reply.status(204).send();
  });
}
