/** What hosts of gateways hear of the routers outside. */
import type { FastifyInstance } from 'fastify';
import { HOST_API } from '../host-contract/index.ts';
import {
  address,
  list,
  object,
  oneOf,
  recordHeard,
  type Store,
  text,
  upstreamLinksOf,
  uuid,
} from '../resources/index.ts';
import type { HostGate } from './host-caller.ts';

/** More than anybody has on one link, and than hosts keep. */
const MOST_ROUTERS = 16;
const MOST_NETWORKS = 1_000;

const router = object({ address, preference: oneOf('high', 'medium', 'low') }, {});
const heard = object({ network_id: uuid, routers: list(router, MOST_ROUTERS) }, {});
const report = object({ host: text(255), heard: list(heard, MOST_NETWORKS) }, {});

/** `POST /upstream-routers {host, heard}`: answered with `{links}`, where the host is to listen. */
export function addUpstreamRouters(api: FastifyInstance, store: Store, gate: HostGate): void {
  api.post(HOST_API.upstreamRouters, async (request) => {
    const { host, heard } = report.parse(request.body, 'body');
    const caller = gate.callerOf(request);
    const chassis = caller === 'this machine' ? host : caller.chassis;
    const links =
      heard.length > 0
        ? await store.transaction((tx) => recordHeard(tx, chassis, heard))
        : await upstreamLinksOf(store.read, chassis);
    return { links };
  });
}
