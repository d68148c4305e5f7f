/** Counts what the guard drops, for the metrics of the host. */
import type { Counter, Registry } from '../../metrics/index.ts';
import { CONTROLLER_METER } from '../../openflow/index.ts';
import type { BridgeDrops } from '../../switch/index.ts';
import { DROP_REASONS, type DropReason, flowReason, meterReason } from './drop-reasons.ts';

/**
 * What was dropped since the process began. The switch counts for each flow and meter, and forgets when one goes: what
 * is added up is how much each has grown since the last look.
 */
export class GuardDrops {
  readonly #counter: Counter<'reason'>;
  readonly #totals = new Map<DropReason, number>(DROP_REASONS.map((reason) => [reason, 0]));
  #last: ReadonlyMap<string, number> | undefined;

  constructor(metrics: Registry) {
    this.#counter = metrics.counter({
      name: 'sextant_guard_drops_total',
      help: 'Packets that the guard of instances dropped, by why.',
      labels: ['reason'],
    });
    this.#tell();
  }

  /** Takes what the switch counts now. What it counted before the first look was for another process. */
  take({ flows, meters }: BridgeDrops): void {
    const seen = new Map<string, number>();
    for (const { flow, reason, packets } of flows)
      this.#add(seen, `flow ${flow}`, flowReason(reason), packets);
    for (const [meter, packets] of meters) {
      // That one drops copies for agents alone.
      if (meter !== CONTROLLER_METER) this.#add(seen, `meter ${meter}`, meterReason(meter), packets);
    }
    this.#last = seen;
    this.#tell();
  }

  #add(seen: Map<string, number>, key: string, reason: DropReason | undefined, packets: number): void {
    seen.set(key, packets);
    if (reason === undefined || this.#last === undefined) return;
    const before = this.#last.get(key) ?? 0;
    // One that went and came again has begun anew.
    const more = packets >= before ? packets - before : packets;
    this.#totals.set(reason, this.#totals.get(reason)! + more);
  }

  #tell(): void {
    for (const [reason, total] of this.#totals) this.#counter.follow(total, { reason });
  }
}
