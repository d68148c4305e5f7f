/** Rules by name, and what they come to: which flows and meters a bridge should have, and which of them have changed. */
import type { FlowDifference } from './bundle.ts';
import { type EncodedFlow, encodeFlow, type Flow, isSameFlow } from './flow.ts';
import type { Meter, MeterDifference } from './meter.ts';

/** Flows and meters that come and go together. */
export interface Rules {
  readonly flows: readonly Flow[];
  /** By number. */
  readonly meters?: ReadonlyMap<number, Meter>;
}

/** Something that one or more rules have. */
interface Counted<T> {
  value: T;
  count: number;
}

/** What came, went or is another since the last look. */
interface Changed<T> {
  readonly before: T | undefined;
}

/** Flows by what makes one replace another: table, priority and match. */
type Identity = string;

/** The same flow may be in the rules of several names; it is there as long as it is in one of them. */
export class RuleSet {
  readonly #names = new Map<string, { flows: Identity[]; meters: number[] }>();
  readonly #flows = new Map<Identity, Counted<EncodedFlow>>();
  readonly #meters = new Map<number, Counted<Meter>>();
  #changedFlows = new Map<Identity, Changed<EncodedFlow>>();
  #changedMeters = new Map<number, Changed<Meter>>();

  /** Gives a name these rules in place of those that it had; undefined takes them away. */
  put(name: string, rules: Rules | undefined): void {
    const old = this.#names.get(name);
    this.#names.delete(name);
    if (rules !== undefined) {
      const flows = rules.flows.map((flow) => {
        const encoded = encodeFlow(flow);
        const identity = `${encoded.table} ${encoded.priority} ${encoded.match.toString('latin1')}`;
        add(this.#flows, this.#changedFlows, identity, encoded);
        return identity;
      });
      const meters = Array.from(rules.meters ?? [], ([number, meter]) => {
        add(this.#meters, this.#changedMeters, number, meter);
        return number;
      });
      this.#names.set(name, { flows, meters });
    }
    for (const identity of old?.flows ?? []) drop(this.#flows, this.#changedFlows, identity);
    for (const number of old?.meters ?? []) drop(this.#meters, this.#changedMeters, number);
  }

  /** All flows. */
  *flows(): Generator<EncodedFlow> {
    for (const { value } of this.#flows.values()) yield value;
  }

  /** All meters, by number. */
  meters(): Map<number, Meter> {
    return new Map(Array.from(this.#meters, ([number, { value }]) => [number, value]));
  }

  /** What has changed since this was last asked. */
  takeChanges(): { flows: FlowDifference; meters: MeterDifference } {
    const flows: FlowDifference = { add: [], remove: [] };
    for (const [identity, { before }] of this.#changedFlows) {
      const now = this.#flows.get(identity)?.value;
      if (now === undefined) {
        if (before !== undefined) flows.remove.push(before);
      } else if (!isSameFlow(before, now)) flows.add.push(now);
    }
    const meters = {
      add: new Map<number, Meter>(),
      modify: new Map<number, Meter>(),
      remove: new Set<number>(),
    };
    for (const [number, { before }] of this.#changedMeters) {
      const now = this.#meters.get(number)?.value;
      if (now === undefined) {
        if (before !== undefined) meters.remove.add(number);
      } else if (before === undefined) meters.add.set(number, now);
      else if (before.rate !== now.rate || before.burst !== now.burst) meters.modify.set(number, now);
    }
    this.#changedFlows = new Map();
    this.#changedMeters = new Map();
    return { flows, meters };
  }
}

function add<K, T>(counted: Map<K, Counted<T>>, changed: Map<K, Changed<T>>, key: K, value: T): void {
  const present = counted.get(key);
  if (!changed.has(key)) changed.set(key, { before: present?.value });
  counted.set(key, { value, count: (present?.count ?? 0) + 1 });
}

function drop<K, T>(counted: Map<K, Counted<T>>, changed: Map<K, Changed<T>>, key: K): void {
  const present = counted.get(key);
  if (present === undefined) return;
  if (!changed.has(key)) changed.set(key, { before: present.value });
  if (--present.count === 0) counted.delete(key);
}
