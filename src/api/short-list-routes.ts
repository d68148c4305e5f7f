/** Lists of what nobody makes: the availability zones that hosts are in, the subnets that floating IPs come from. */
import type { FastifyInstance } from 'fastify';
import { availabilityZones, floatingIpPools, type Store } from '../resources/index.ts';
import type { CallerOf } from './identity.ts';
import type { QueryString } from './list-query.ts';
import { requireReader } from './policy.ts';
import { selection } from './short-list.ts';

const ZONES = { collection: 'availability_zones', filters: ['name', 'resource', 'state'] };
const POOLS = {
  collection: 'floatingip_pools',
  filters: ['subnet_id', 'subnet_name', 'network_id', 'cidr', 'project_id', 'tenant_id'],
};

/** Adds the routes. */
export function addShortListRoutes(app: FastifyInstance, store: Store, callerFrom: CallerOf): void {
  const hidden = { schema: { hide: true } };
  app.get<{ Querystring: QueryString }>(`/v2.0/${ZONES.collection}`, hidden, async ({ query }) => {
    const select = selection(ZONES, query);
    return { availability_zones: select((await availabilityZones(store.read)).map((zone) => ({ ...zone }))) };
  });
  app.get<{ Querystring: QueryString }>(`/v2.0/${POOLS.collection}`, hidden, async (request) => {
    const caller = callerFrom(request);
    requireReader(caller, 'get', 'floatingip');
    const select = selection(POOLS, request.query);
    return { floatingip_pools: select(await floatingIpPools(store.read, caller)) };
  });
}
