/** What hosts of gateways tell routers outside by BGP, and how it stands with these. */
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { RequestError } from '../errors/index.ts';
import { type BgpOrder, HOST_API } from '../host-contract/index.ts';
import {
  bgpOrdersFor,
  type Context,
  giveLeg,
  type LegReport,
  legsOfHost,
  list,
  nullable,
  object,
  oneOf,
  placesWithout,
  recordSessions,
  type Settings,
  type Store,
  speakingPlacesOf,
  text,
  uuid,
} from '../resources/index.ts';
import type { HostGate } from './host-caller.ts';

/** More than a speaker has peers, and than a host speaks for. */
const MOST_PEERS = 256;
const MOST_PLACES = 256;

const session = object(
  { peer_id: nullable(uuid), state: oneOf('established', 'down'), reason: text(1_000) },
  {},
);
const spoken = object({ speaker_id: uuid, network_id: uuid, sessions: list(session, MOST_PEERS) }, {});
const report = object({ host: text(255), reports: list(spoken, MOST_PLACES) }, {});

export interface BgpApiOptions {
  readonly store: Store;
  readonly settings: Settings;
  readonly gate: HostGate;
  readonly log: Logger;
}

/** `POST /bgp {host, reports}`: answered with `{orders}`, what the host is to tell. */
export function addBgp(api: FastifyInstance, { store, settings, gate, log }: BgpApiOptions): void {
  const context: Context = { projectId: '', isAdmin: true, settings };
  api.post(HOST_API.bgp, async (request) => {
    const { host, reports } = report.parse(request.body, 'body');
    const caller = gate.callerOf(request);
    const chassis = caller === 'this machine' ? host : caller.chassis;
    const told = reports.map(
      (one): LegReport => ({ speakerId: one.speaker_id, networkId: one.network_id, sessions: one.sessions }),
    );
    const missing = placesWithout(
      await speakingPlacesOf(store.read, chassis),
      await legsOfHost(store.read, chassis),
    );
    // One transaction each: a subnet without an address left keeps no other waiting.
    for (const place of missing)
      await store
        .transaction((tx) => giveLeg(tx, context, chassis, place))
        .catch((error: unknown) => {
          if (!(error instanceof RequestError)) throw error;
          log.warn(
            { host: chassis, ...place, reason: error.message },
            'a host cannot speak BGP on a network',
          );
        });
    if (told.length > 0) await store.transaction((tx) => recordSessions(tx, chassis, told));
    const orders: BgpOrder[] = await bgpOrdersFor(store.read, chassis);
    return { orders };
  });
}
