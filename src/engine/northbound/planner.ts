/** The planner that the reconciler asks: it knows the kinds of units, reads the store for them and has them planned. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { slices, type Tables } from '../../resources/index.ts';
import type { Change } from '../../store/index.ts';
import type { Plan, Planner, UnitName } from '../reconciler/plan.ts';
import type { EngineSettings } from '../settings.ts';
import { concernedUnits } from './dependency.ts';
import { unitOf } from './names.ts';
import type { Unit, UnitSource, UnitTable } from './unit.ts';
import { units as allUnits } from './units.ts';

/** Units planned between two looks at other work of the process. */
const SLICE_SIZE = 200;
/** Units in a portion of all units. */
const PORTION_SIZE = 1_000;

/** Plans the northbound rows of the store's units. What is wrong with one unit is its own plan's failure. */
export class NorthboundPlanner implements Planner {
  readonly #db: Kysely<Tables>;
  readonly #settings: EngineSettings;
  readonly #units: readonly Unit[];

  constructor(db: Kysely<Tables>, settings: EngineSettings, units = allUnits) {
    this.#db = db;
    this.#settings = settings;
    this.#units = units;
  }

  /** @throws errors of a store that is away */
  async plan(names: readonly UnitName[]): Promise<Map<UnitName, Plan>> {
    // What is not found is gone, and has an empty plan.
    const plans = new Map<UnitName, Plan>(names.map((name) => [name, []]));
    for (const unit of this.#units) {
      const prefix = unitOf(unit.kind, '');
      const ids = names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
      for (const slice of slices(ids, SLICE_SIZE)) {
        for (const [id, source] of await this.#read(unit, slice)) {
          plans.set(unitOf(unit.kind, id), this.#plan(unit, source));
        }
        if (slice.length === SLICE_SIZE) await nextTurn();
      }
    }
    return plans;
  }

  concerned(changes: readonly Change[]): Promise<Set<UnitName>> {
    return concernedUnits(this.#units, changes, this.#db);
  }

  async *units(): AsyncGenerator<readonly UnitName[]> {
    for (const unit of this.#units) {
      const portions = 'table' in unit ? this.#idsIn(unit.table) : [unit.ids];
      for await (const ids of portions) yield ids.map((id) => unitOf(unit.kind, id));
    }
  }

  /** How many units there are, by kind. */
  async count(): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const unit of this.#units) {
      counts.set(unit.kind, 'table' in unit ? await this.#rowsIn(unit.table) : unit.ids.length);
    }
    return counts;
  }

  /** All together, and when that fails each by itself, so that a unit that cannot be read costs itself alone. */
  async #read(unit: Unit, ids: readonly string[]): Promise<[id: string, UnitSource | Error][]> {
    try {
      return (await unit.read(this.#db, ids)).map((source) => [source.id, source]);
    } catch (error) {
      await this.#requireStore(error);
    }
    const found: [string, UnitSource | Error][] = [];
    for (const id of ids) {
      try {
        for (const source of await unit.read(this.#db, [id])) found.push([id, source]);
      } catch (error) {
        await this.#requireStore(error);
        found.push([id, asError(error)]);
      }
    }
    return found;
  }

  /** @throws the error that a reading met, when nothing else can be read either: then it is not the units' own */
  async #requireStore(error: unknown): Promise<void> {
    try {
      await this.#db.selectFrom('meta').select('key').limit(1).execute();
    } catch {
      throw error;
    }
  }

  #plan(unit: Unit, source: UnitSource | Error): Plan {
    if (source instanceof Error) return source;
    try {
      return unit.plan(source, this.#settings);
    } catch (error) {
      return asError(error);
    }
  }

  async #rowsIn(table: UnitTable): Promise<number> {
    const { rows } = await this.#db
      .selectFrom(table)
      .select(({ fn }) => fn.countAll().as('rows'))
      .executeTakeFirstOrThrow();
    return Number(rows);
  }

  async *#idsIn(table: UnitTable): AsyncGenerator<readonly string[]> {
    for (let last: string | undefined = ''; last !== undefined; ) {
      const rows: { id: string }[] = await this.#db
        .selectFrom(table)
        .select('id')
        .where('id', '>', last)
        .orderBy('id')
        .limit(PORTION_SIZE)
        .execute();
      if (rows.length > 0) yield rows.map(({ id }) => id);
      last = rows.at(-1)?.id;
    }
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
