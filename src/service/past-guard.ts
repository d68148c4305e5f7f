/** What hosts find plugged into OVN's own bridge, past the guard. */
import type { FastifyInstance } from 'fastify';
import { HOST_API } from '../host-contract/index.ts';
import { list, notePastGuard, object, type Store, uuid } from '../resources/index.ts';
import { type HostGate, nameOf } from './host-caller.ts';

const MOST = 1_000;
const report = object({ port_ids: list(uuid, MOST) }, {});

/** `POST /past-guard {port_ids}`: their owners are told. */
export function addPastGuard(api: FastifyInstance, store: Store, gate: HostGate): void {
  api.post(HOST_API.pastGuard, async (request, reply) => {
    const { port_ids: ids } = report.parse(request.body, 'body');
    const caller = gate.callerOf(request);
    const own = await gate.permitted(caller, ids, 'host');
    await store.transaction((tx) => notePastGuard(tx, nameOf(caller), own));
    return reply.status(204).send();
  });
}
