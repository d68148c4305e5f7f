/** All that there is to know of a running service, in one document: what `GET /status` answers. */

import { readFileSync } from 'node:fs';
import { type PartHealth, patiently, type ReadinessCheck, readiness } from '../api/index.ts';
import type { EngineProcessState, Failure, Northbound, ReconcilerStatus } from '../engine/index.ts';
import { type Store, timestamp } from '../resources/index.ts';
import type { HostMetrics } from './host-metrics.ts';

/** Units that are listed at most: thousands that fail do so for one reason. */
const LISTED_UNITS = 100;

/** As `GET /status` answers it. What cannot be known at the moment is null. */
export interface ServiceStatus {
  readonly version: string;
  /** When the process started. */
  readonly started: string;
  /** Whether every check is ok. */
  readonly ready: boolean;
  /** As in the answer to `GET /readyz`. */
  readonly checks: Readonly<Record<string, PartHealth>>;
  readonly store: { readonly dialect: string };
  readonly engine: {
    readonly role: ReconcilerStatus['role'];
    /** Version of OVN. */
    readonly ovn_version: string | null;
    /** The last entry of the journal that is in OVN. */
    readonly position: number | null;
    readonly journal_end: number | null;
    /** Entries that are not in OVN yet. */
    readonly waiting: number | null;
    /** How long the oldest of them has waited; null also when none waits. */
    readonly oldest_waiting_ms: number | null;
    /** What this process has done since it started. */
    readonly counters: ReconcilerStatus['counters'];
  } | null;
  /** What could not be brought into OVN; at most so many units, those that failed first. */
  readonly failed_units: { readonly total: number; readonly units: readonly FailedUnit[] } | null;
  /** What runs on this machine for OVN and its host; null while OVN starts, or when it is somebody else's. */
  readonly processes: readonly RunningPart[] | null;
  /** Hosts that report what they count. */
  readonly hosts: readonly { readonly name: string; readonly last_report: string }[];
}

/** A process beside the service's own. */
export interface RunningPart {
  readonly name: string;
  /** Whether it runs; one that does not is started again. */
  readonly up: boolean;
  /** Whether it runs and gives no answer. */
  readonly hangs: boolean;
  readonly pid: number | null;
  /** When it was started; null while it does not run. */
  readonly since: string | null;
  /** Whether it was there when this service started, which went on with it. */
  readonly adopted: boolean;
}

/** A unit that is not in OVN as it should be. */
export interface FailedUnit {
  /** `port/ID`, `network/ID`, ... */
  readonly unit: string;
  readonly reason: string;
  /** When it failed first. */
  readonly since: string;
  readonly attempts: number;
}

/** The parts that are asked. */
export interface StatusSources {
  readonly healthChecks: readonly ReadinessCheck[];
  readonly store: Pick<Store, 'dialect'>;
  readonly northbound: Pick<Northbound, 'status' | 'ovnVersion'>;
  readonly hostMetrics: HostMetrics;
  readonly processes: readonly EngineProcessState[] | undefined;
}

/**
 * Puts the document together. It answers in time, whatever is away.
 * @param patienceMs how long each part may take; as in `/readyz` when left out
 */
export async function statusOf(sources: StatusSources, patienceMs?: number): Promise<ServiceStatus> {
  const { healthChecks, store, northbound, hostMetrics, processes } = sources;
  const [{ ready, parts }, engine] = await Promise.all([
    readiness(healthChecks, patienceMs),
    patiently<ReconcilerStatus | undefined>(
      northbound.status().catch(() => undefined),
      undefined,
      patienceMs,
    ),
  ]);
  return {
    version: version(),
    started: timestamp(new Date(performance.timeOrigin)),
    ready,
    checks: parts,
    store: { dialect: store.dialect },
    engine: engine === undefined ? null : engineOf(engine, northbound.ovnVersion),
    failed_units: engine?.failures === undefined ? null : failedUnits(engine.failures),
    processes: processes?.map(runningPart) ?? null,
    hosts: hostMetrics.hosts(performance.now()).map(({ host, msAgo }) => ({
      name: host,
      last_report: timestamp(new Date(Date.now() - msAgo)),
    })),
  };
}

const engineOf = (status: ReconcilerStatus, ovnVersion: string | undefined): ServiceStatus['engine'] => ({
  role: status.role,
  ovn_version: ovnVersion ?? null,
  position: status.position ?? null,
  journal_end: status.journalEnd ?? null,
  waiting: status.waiting ?? null,
  oldest_waiting_ms: status.oldestWaitingMs === undefined ? null : Math.round(status.oldestWaitingMs),
  counters: status.counters,
});

const runningPart = ({ name, isUp, hangs, pid, since, isAdopted }: EngineProcessState): RunningPart => ({
  name,
  up: isUp,
  hangs,
  pid: pid ?? null,
  since: since === undefined ? null : timestamp(since),
  adopted: isAdopted,
});

function failedUnits(failures: readonly Failure[]): NonNullable<ServiceStatus['failed_units']> {
  const oldestFirst = failures.toSorted((one, other) => one.since - other.since);
  return {
    total: failures.length,
    units: oldestFirst.slice(0, LISTED_UNITS).map(({ unit, reason, since, attempts }) => ({
      unit,
      reason,
      since: timestamp(new Date(since)),
      attempts,
    })),
  };
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
