/** What hosts find of the members of anycast addresses. */

import type { FastifyInstance } from 'fastify';
import { errors } from '../errors/index.ts';
import { HOST_API } from '../host-contract/index.ts';
import { boolean, object, recordHealth, type Store, uuid } from '../resources/index.ts';
import { type HostGate, requirePort } from './host-caller.ts';

const report = object({ id: uuid, port_id: uuid, healthy: boolean }, {});

/** `POST /anycast-health {id, port_id, healthy}`: whether an instance answers at an anycast address. */
export function addAnycastHealth(api: FastifyInstance, store: Store, gate: HostGate): void {
  api.post(HOST_API.anycastHealth, async (request, reply) => {
    const { id, port_id: portId, healthy } = report.parse(request.body, 'body');
    await requirePort(gate, request, portId, 'speak');
    const isMember = await store.transaction((tx) => recordHealth(tx, { id, portId, healthy }));
    if (!isMember) throw errors.notFound.anycastMember({ id: portId });
    return reply.status(204).send();
  });
}
