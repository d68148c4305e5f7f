import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { slices } from '../../resources/repository.ts';
import { type UnitKind, unitKinds } from '../../store/journal.ts';
import type { Tables } from '../../store/tables.ts';
import type { Plan, PlannedRow, Planner, UnitName } from '../reconciler/plan.ts';
import type { EngineSettings } from '../settings.ts';
import { planAddressGroup } from './address-group-plan.ts';
import { planAnycastAddress } from './anycast-plan.ts';
import { dropGroupUnit, unitOf } from './names.ts';
import { planNetwork } from './network-plan.ts';
import { planPort } from './port-plan.ts';
import { readAnycastAddresses } from './read-anycast.ts';
import {
  readAddressGroups,
  readNetworksWithSubnets,
  readPorts,
  readRouters,
  readSecurityGroups,
  readSubnets,
} from './read-records.ts';
import { planRouter } from './router-plan.ts';
import { planDropGroup, planSecurityGroup } from './security-group-plan.ts';
import { planSubnet } from './subnet-plan.ts';

/** Units planned between two looks at other work of the process. */
const sliceSize = 200;
/** Units in a portion of all units. */
const portionSize = 1_000;

/** A unit that exists, and how to plan it. */
interface Found {
  readonly id: string;
  plan(): PlannedRow[];
}

type Find = (db: Kysely<Tables>, ids: readonly string[], settings: EngineSettings) => Promise<Found[]>;

const find: Record<UnitKind, Find> = {
  network: async (db, ids) =>
    (await readNetworksWithSubnets(db, ids)).map(({ network, subnets }) => ({
      id: network.id,
      plan: () => planNetwork(network, subnets),
    })),
  subnet: async (db, ids) =>
    (await readSubnets(db, ids)).map(({ subnet, network }) => ({
      id: subnet.id,
      plan: () => planSubnet(subnet, network),
    })),
  port: async (db, ids, settings) =>
    (await readPorts(db, ids)).map((port) => ({ id: port.id, plan: () => planPort(port, settings) })),
  router: async (db, ids) =>
    (await readRouters(db, ids)).map((router) => ({ id: router.id, plan: () => planRouter(router) })),
  address_group: async (db, ids) =>
    (await readAddressGroups(db, ids)).map((group) => ({
      id: group.id,
      plan: () => planAddressGroup(group),
    })),
  security_group: async (db, ids) =>
    (await readSecurityGroups(db, ids)).map((group) => ({
      id: group.id,
      plan: () => planSecurityGroup(group),
    })),
  anycast_address: async (db, ids) =>
    (await readAnycastAddresses(db, ids)).map((anycast) => ({
      id: anycast.id,
      plan: () => planAnycastAddress(anycast),
    })),
};

const tableOf = {
  network: 'networks',
  subnet: 'subnets',
  port: 'ports',
  router: 'routers',
  address_group: 'address_groups',
  security_group: 'security_groups',
  anycast_address: 'anycast_addresses',
} as const satisfies Record<UnitKind, keyof Tables>;

/** Plans the northbound rows of the store's units. */
export class NorthboundPlanner implements Planner {
  readonly #db: Kysely<Tables>;
  readonly #settings: EngineSettings;

  constructor(db: Kysely<Tables>, settings: EngineSettings) {
    this.#db = db;
    this.#settings = settings;
  }

  async plan(units: readonly UnitName[]): Promise<Map<UnitName, Plan>> {
    // What is not found is gone, and has an empty plan.
    const plans = new Map<UnitName, Plan>(units.map((unit) => [unit, []]));
    if (plans.has(dropGroupUnit)) plans.set(dropGroupUnit, planDropGroup());
    for (const kind of unitKinds) {
      const prefix = unitOf(kind, '');
      const ids = units.filter((unit) => unit.startsWith(prefix)).map((unit) => unit.slice(prefix.length));
      for (const slice of slices(ids, sliceSize)) {
        for (const found of await find[kind](this.#db, slice, this.#settings)) {
          plans.set(unitOf(kind, found.id), planSafely(found));
        }
        if (slice.length === sliceSize) await nextTurn();
      }
    }
    return plans;
  }

  async *units(): AsyncGenerator<readonly UnitName[]> {
    yield [dropGroupUnit];
    for (const kind of unitKinds) {
      for (let last: string | undefined = ''; last !== undefined; ) {
        const rows: { id: string }[] = await this.#db
          .selectFrom(tableOf[kind])
          .select('id')
          .where('id', '>', last)
          .orderBy('id')
          .limit(portionSize)
          .execute();
        if (rows.length > 0) yield rows.map(({ id }) => unitOf(kind, id));
        last = rows.at(-1)?.id;
      }
    }
  }
}

/** One unit that cannot be planned must not keep the others from being. */
function planSafely({ plan }: Found): Plan {
  try {
    return plan();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
