/** Watches whether what units depend on covers every change of their plans. */
import { isDeepStrictEqual } from 'node:util';
import { concernedUnits, type Dependency } from '../../src/engine/northbound/dependency.ts';
import { NorthboundPlanner } from '../../src/engine/northbound/planner.ts';
import type { Unit } from '../../src/engine/northbound/unit.ts';
import { units } from '../../src/engine/northbound/units.ts';
import { isMember, type Plan, type Planned, type UnitName } from '../../src/engine/reconciler/plan.ts';
import { type Change, readJournal } from '../../src/store/index.ts';
import type { TestApi } from './api.ts';

const settings = { packetTooBigBelow: 1422 };

/** How a kind of unit depends on an aspect of a resource, in words: `port: network.mtu`. */
const inWords = (kind: string, { resource }: Dependency, aspect: string): string =>
  `${kind}: ${resource} ${aspect}`;
/** Stands for all aspects of a resource that is made or deleted. */
const madeOrDeleted = 'made or deleted';

/** All aspects that units say they depend on. */
export const declaredBy = (some: readonly Pick<Unit, 'kind' | 'dependsOn'>[]): string[] =>
  some.flatMap(({ kind, dependsOn }) =>
    dependsOn.flatMap((dependency) =>
      (dependency.aspects.length === 0 ? [madeOrDeleted] : dependency.aspects).map((aspect) =>
        inWords(kind, dependency, aspect),
      ),
    ),
  );

const without = (dependency: Dependency, aspect: string): Dependency => ({
  ...dependency,
  aspects: dependency.aspects.filter((one) => one !== aspect),
});

/** A plan without the order of what its sets have. */
const sorted = (plan: Plan = []): Plan =>
  plan instanceof Error
    ? plan
    : plan.map((one) =>
        isMember(one)
          ? one
          : {
              ...one,
              columns: Object.fromEntries(
                Object.entries(one.columns).map(([column, value]) => [
                  column,
                  Array.isArray(value) ? [...value].sort() : value,
                ]),
              ),
            },
      );

/** What a unit's address sets are to have when members come into them, and leave. */
function withMembers(name: UnitName, plan: Plan = [], members: readonly Planned[] = []): Plan {
  if (plan instanceof Error) return plan;
  const changed = plan.map((row) => {
    if (isMember(row) || row.table !== 'Address_Set') return row;
    const addresses = new Set(row.columns.addresses as readonly string[]);
    for (const one of members) {
      if (!isMember(one) || one.holder.unit !== name || one.holder.key !== row.key) continue;
      if (one.isIn) addresses.add(String(one.member));
      else addresses.delete(String(one.member));
    }
    return { ...row, columns: { ...row.columns, addresses: [...addresses] } };
  });
  return sorted(changed);
}

/** Plans everything again and again, and holds what has changed against what the units' dependencies name. */
export class PlanWatch {
  readonly #api: TestApi;
  readonly #planner: NorthboundPlanner;
  #plans = new Map<UnitName, Plan>();
  #cursor = 0;
  /** Aspects without which a plan would not have been made again. */
  readonly needed = new Set<string>();

  constructor(api: TestApi) {
    this.#api = api;
    this.#planner = new NorthboundPlanner(api.store.read, settings);
  }

  async #planAll(): Promise<Map<UnitName, Plan>> {
    const plans = new Map<UnitName, Plan>();
    for await (const names of this.#planner.units())
      for (const [name, plan] of await this.#planner.plan(names)) plans.set(name, plan);
    return plans;
  }

  /** @returns the units whose plans have changed since the last time though no dependency names them */
  async missed(): Promise<UnitName[]> {
    const changes = await readJournal(this.#api.store.read, this.#cursor, 100_000);
    this.#cursor = changes.at(-1)?.seq ?? this.#cursor;
    const named = await this.#planner.concerned(changes);
    const plans = await this.#planAll();
    const changed = [...new Set([...this.#plans.keys(), ...plans.keys()])].filter(
      (name) => !isDeepStrictEqual(this.#plans.get(name) ?? [], plans.get(name) ?? []),
    );
    const before = this.#plans;
    this.#plans = plans;
    for (const name of [...changed, ...named]) await this.#note(name, changes);
    const others = await this.#planner.plan([...named].filter((name) => !plans.has(name)));
    const members = [...others.values()].flatMap((plan) => (plan instanceof Error ? [] : plan));
    return changed.filter(
      (name) =>
        !named.has(name) &&
        !isDeepStrictEqual(withMembers(name, before.get(name), members), sorted(plans.get(name))),
    );
  }

  async #note(name: UnitName, changes: readonly Change[]): Promise<void> {
    const unit = units.find(({ kind }) => name.startsWith(`${kind}/`));
    if (unit === undefined) return;
    const { kind, dependsOn } = unit;
    const names = async (dependencies: readonly Dependency[], among = changes): Promise<boolean> =>
      (await concernedUnits([{ kind, dependsOn: dependencies }], among, this.#api.store.read)).has(name);
    for (const dependency of dependsOn) {
      const others = dependsOn.filter((one) => one !== dependency);
      if (await names(others)) continue;
      for (const aspect of dependency.aspects) {
        if (!(await names([without(dependency, aspect)]))) this.needed.add(inWords(kind, dependency, aspect));
      }
      const updates = changes.filter(({ attributes }) => attributes !== undefined);
      if (!(await names([dependency], updates))) this.needed.add(inWords(kind, dependency, madeOrDeleted));
    }
  }
}
