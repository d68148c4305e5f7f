/** What providers delegate to routers, as the hosts of their gateways hear it. */
import type { FastifyInstance } from 'fastify';
import { Prefix } from '../addressing/index.ts';
import { HOST_API } from '../host-contract/index.ts';
import {
  type DelegationReport,
  integer,
  list,
  nullable,
  object,
  prefix,
  recordDelegations,
  routersOn,
  routersWithout,
  type Store,
  text,
  timestamp,
  uuid,
} from '../resources/index.ts';
import { type HostGate, nameOf } from './host-caller.ts';

/** More than a host has routers, and than a router has prefixes. */
const MOST_ROUTERS = 1_000;
const MOST_PREFIXES = 64;
/** Seconds since 1970 that a date can be of. */
const LAST_SECOND = 0xff_ffff_ffff;
const time = nullable(integer(0, LAST_SECOND));
const delegated = object(
  { iaid: integer(1, 0x7fff_ffff), prefix, preferred_until: time, valid_until: time },
  {},
);
const asking = object(
  { router_id: uuid, delegated: list(delegated, MOST_PREFIXES), server: text(256), reason: text(1_000) },
  {},
);
const report = object({ host: text(255), routers: list(asking, MOST_ROUTERS) }, {});
const question = object(
  { routers: list(object({ router_id: uuid, network_id: uuid }, {}), MOST_ROUTERS) },
  {},
);

/** Routes by which hosts report what routers have, and ask whether they still want it: see `HOST_API`. */
export function addPrefixDelegations(api: FastifyInstance, store: Store, gate: HostGate): void {
  api.post(HOST_API.prefixDelegations, async (request) => {
    const { host, routers } = report.parse(request.body, 'body');
    const caller = gate.callerOf(request);
    const chassis = caller === 'this machine' ? host : nameOf(caller);
    // One transaction each: what is wrong with one router keeps no other waiting. Whose gateway it is is asked there, too:
    // one that is taken away meanwhile has nothing delegated any more.
    const denied: string[] = [];
    for (const one of routers) {
      const isOwn = await store.transaction(async (tx) => {
        const own = await routersOn(tx.db, chassis, [one.router_id]);
        if (own.has(one.router_id)) await recordDelegations(tx, read(one));
        return own.has(one.router_id);
      });
      if (!isOwn) denied.push(one.router_id);
    }
    return { denied };
  });
  api.post(HOST_API.unwantedDelegations, async (request) => {
    const { routers } = question.parse(request.body, 'body');
    gate.callerOf(request);
    const asked = routers.map((one) => ({ routerId: one.router_id, networkId: one.network_id }));
    return { unwanted: await routersWithout(store.read, asked) };
  });
}

const read = (one: ReturnType<typeof asking.parse>): DelegationReport => ({
  routerId: one.router_id,
  server: one.server,
  reason: one.reason,
  delegated: one.delegated.map((lease) => ({
    iaid: lease.iaid,
    prefix: Prefix.parse(lease.prefix),
    preferredUntil: written(lease.preferred_until),
    validUntil: written(lease.valid_until),
  })),
});

const written = (seconds: number | null): string | null =>
  seconds === null ? null : timestamp(new Date(seconds * 1_000));
