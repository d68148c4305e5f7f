/** What the engine tells those who watch it, for `GET /metrics`. */
import { type Counter, DURATIONS, type Gauge, type Histogram, type Registry } from '../../metrics/index.ts';
import type { ReconcilerStatus } from '../reconciler/status.ts';

/** Bounds (seconds) for what may take minutes. */
const LONG_DURATIONS = [...DURATIONS, 30, 60, 300] as const;

/** Where the numbers come from that are fetched when somebody reads them. */
export interface EngineNumbers {
  status(): Promise<ReconcilerStatus>;
  /** @returns how many units there are, by kind; all kinds that there can be */
  countUnits(): Promise<ReadonlyMap<string, number>>;
}

/** The engine's share in the metrics of the process. */
export class EngineMetrics {
  readonly #registry: Registry;
  readonly #acting: Gauge;
  readonly #waiting: Gauge;
  readonly #oldestWaiting: Gauge;
  readonly #units: Gauge<'kind'>;
  readonly #failedUnits: Gauge<'kind'>;
  readonly #planned: Counter;
  readonly #transactions: Counter;
  readonly #operations: Counter;
  readonly #repairs: Counter;
  readonly #followed: Histogram;
  readonly #firstUp: Histogram;

  constructor(registry: Registry) {
    this.#registry = registry;
    const gauge = (name: string, help: string) => registry.gauge({ name, help });
    const counter = (name: string, help: string) => registry.counter({ name, help });
    this.#acting = gauge(
      'sextant_engine_acting',
      'Whether this process is the one that brings changes to OVN.',
    );
    this.#waiting = gauge(
      'sextant_engine_waiting_entries',
      'Entries of the journal that are not in OVN yet.',
    );
    this.#oldestWaiting = gauge(
      'sextant_engine_oldest_waiting_seconds',
      'How long the oldest of them has waited; 0 when none waits.',
    );
    this.#units = registry.gauge({
      name: 'sextant_engine_units',
      help: 'Units: what OVN should have rows of.',
      labels: ['kind'],
    });
    this.#failedUnits = registry.gauge({
      name: 'sextant_engine_failed_units',
      help: 'Units that could not be brought into OVN.',
      labels: ['kind'],
    });
    this.#planned = counter(
      'sextant_engine_units_planned_total',
      'Units whose rows were planned and compared.',
    );
    this.#transactions = counter('sextant_engine_transactions_total', 'Transactions that OVN accepted.');
    this.#operations = counter('sextant_engine_operations_total', 'Operations in these transactions.');
    this.#repairs = counter(
      'sextant_engine_repairs_total',
      'Units put right because somebody else had changed their rows.',
    );
    this.#followed = registry.histogram({
      name: 'sextant_engine_commit_to_northbound_seconds',
      help: 'From when this process hears of a commit until OVN has it, while it is the one that acts.',
    });
    this.#firstUp = registry.histogram(
      {
        name: 'sextant_engine_port_up_seconds',
        help: 'From when OVN has a new port until the API says that it is up.',
      },
      LONG_DURATIONS,
    );
  }

  /** A commit was followed after so many milliseconds. */
  readonly followed = (ms: number): void => this.#followed.observe(ms / 1_000);

  /** A new port was up after so many milliseconds. */
  readonly firstUp = (ms: number): void => this.#firstUp.observe(ms / 1_000);

  /**
   * Has everything else fetched before it is read.
   * @returns how to end it
   */
  follow({ status, countUnits }: EngineNumbers): () => void {
    return this.#registry.beforeRead(async () => {
      const [current, counted] = await Promise.allSettled([status(), countUnits()]);
      // What cannot be known now has no number, rather than an old one. Nothing is waited for from here on: others may
      // be reading.
      for (const gauge of [this.#waiting, this.#oldestWaiting, this.#units, this.#failedUnits]) gauge.clear();
      if (current.status === 'fulfilled') this.#take(current.value);
      const units = counted.status === 'fulfilled' ? counted.value : new Map<string, number>();
      for (const [kind, count] of units) this.#units.set(count, { kind });
      const failures = current.status === 'fulfilled' ? current.value.failures : undefined;
      if (failures === undefined) return;
      const failed = Map.groupBy(failures, ({ unit }) => unit.slice(0, unit.indexOf('/')));
      for (const kind of units.keys()) this.#failedUnits.set(failed.get(kind)?.length ?? 0, { kind });
    });
  }

  #take({ role, waiting, oldestWaitingMs, counters }: ReconcilerStatus): void {
    this.#acting.set(role === 'acting' ? 1 : 0);
    if (waiting !== undefined) {
      this.#waiting.set(waiting);
      this.#oldestWaiting.set((oldestWaitingMs ?? 0) / 1_000);
    }
    this.#planned.follow(counters.units);
    this.#transactions.follow(counters.transactions);
    this.#operations.follow(counters.operations);
    this.#repairs.follow(counters.repairs);
  }
}
