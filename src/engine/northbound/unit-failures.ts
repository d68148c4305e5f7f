/** Failures of units, kept in the store for who asks another process. */

import type { Logger } from 'pino';
import type { Lock } from '../../ovsdb/index.ts';
import {
  readFailures,
  type Store,
  timestamp,
  type UnitFailureRow,
  type UnitKey,
} from '../../resources/index.ts';
import type { Failure, FailureLog } from '../reconciler/failure.ts';
import type { UnitName } from '../reconciler/plan.ts';
import type { StoreWrites } from '../store-writes.ts';
import { unitOf } from './names.ts';
import { PendingWrites } from './pending-writes.ts';
import type { PortStatus } from './port-status.ts';

/** Characters of a reason that are kept. */
const LONGEST_REASON = 1_000;

export interface UnitFailuresOptions {
  readonly store: Pick<Store, 'read'>;
  readonly writes: StoreWrites;
  /** Whoever holds it writes. */
  readonly lock: Lock;
  readonly portStatus: PortStatus;
  readonly log: Logger;
}

/**
 * Keeps in the store which units could not be brought into OVN, so that the API tells their owners. What it is told is
 * written in the background: a store that is away stops nobody.
 */
export class UnitFailures implements FailureLog {
  readonly #options: UnitFailuresOptions;
  /** The failure of each unit; undefined for one that is well again. */
  readonly #writes: PendingWrites<Failure | undefined>;
  readonly #unsubscribe: () => void;

  constructor(options: UnitFailuresOptions) {
    this.#options = options;
    const { lock, log } = options;
    this.#writes = new PendingWrites({
      what: 'the status of units',
      write: (portion) => this.#write(portion),
      mayWrite: () => lock.held,
      log,
    });
    this.#unsubscribe = lock.onChange((held) => {
      // Who holds it now finds out by itself.
      if (!held) this.#writes.clear();
    });
  }

  async read(): Promise<Failure[]> {
    return (await readFailures(this.#options.store.read)).map(
      ({ kind, id, reason, since, attempts }): Failure => ({
        unit: unitOf(kind, id),
        reason,
        publicReason: reason,
        since: Date.parse(since),
        attempts,
      }),
    );
  }

  failed(failure: Failure): void {
    this.#writes.put(failure.unit, failure);
    this.#writes.start();
  }

  recovered(unit: UnitName): void {
    this.#writes.put(unit, undefined);
    this.#writes.start();
  }

  /** Resolves when what it was told is written, or could not be. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#writes.stop();
  }

  async #write(portion: ReadonlyMap<UnitName, Failure | undefined>): Promise<void> {
    const { writes, portStatus } = this.#options;
    const failures = [...portion.values()].filter((failure) => failure !== undefined);
    const well = [...portion].filter(([, failure]) => failure === undefined).map(([unit]) => keyOf(unit));
    const wellPorts = well.filter(({ kind }) => kind === 'port').map(({ id }) => id);
    const portsUp = new Set(wellPorts.filter((id) => portStatus.isUp(id)));
    await writes.setFailures(failures.map(rowOf), well, portsUp);
    // Meanwhile they may have come up, or gone down.
    portStatus.lookAt(wellPorts);
  }
}

function keyOf(unit: UnitName): UnitKey {
  const separator = unit.indexOf('/');
  return { kind: unit.slice(0, separator), id: unit.slice(separator + 1) };
}

const rowOf = ({ unit, publicReason, since, attempts }: Failure): UnitFailureRow => ({
  ...keyOf(unit),
  reason: publicReason.slice(0, LONGEST_REASON),
  since: timestamp(new Date(since)),
  attempts,
});
