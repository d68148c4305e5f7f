/** What hosts of gateways hear of the routers outside. */
import type { FastifyInstance } from 'fastify';
import { Address } from '../addressing/index.ts';
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

/** Whether a router can have been heard: they advertise themselves from these addresses (RFC 4861 section 6.1.2). */
const isOnLink = ({ address: text }: { readonly address: string }): boolean =>
  Address.parse(text).isLinkLocal;

/** `POST /upstream-routers {host, heard}`: answered with `{links}`, where the host is to listen. */
export function addUpstreamRouters(api: FastifyInstance, store: Store, gate: HostGate): void {
  api.post(HOST_API.upstreamRouters, async (request) => {
    const { host, heard: said } = report.parse(request.body, 'body');
    const heard = said.map(({ network_id, routers }) => ({ network_id, routers: routers.filter(isOnLink) }));
    const caller = gate.callerOf(request);
    const chassis = caller === 'this machine' ? host : caller.chassis;
    const links =
      heard.length > 0
        ? await store.transaction((tx) => recordHeard(tx, chassis, heard))
        : await upstreamLinksOf(store.read, chassis);
    return { links };
  });
}
