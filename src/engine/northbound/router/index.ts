/** Routers: logical routers with their limits, routes and translations. */
import type { Unit } from '../unit.ts';
import { planRouter } from './plan.ts';
import { type RouterSource, readRouters } from './read.ts';
import { routerRecord } from './record.ts';

export const routerUnit: Unit<RouterSource> = {
  kind: 'router',
  table: 'routers',
  read: readRouters,
  plan: (source) => planRouter(routerRecord(source)),
};
