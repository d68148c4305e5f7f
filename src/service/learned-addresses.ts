/** What hosts see of the addresses that instances take for themselves. */
import type { FastifyInstance } from 'fastify';
import { HOST_API } from '../host-contract/index.ts';
import { address, list, object, uuid } from '../resources/definition/attribute-types.ts';
import { learnAddresses, MOST_LEARNED } from '../resources/port/learned-addresses.ts';
import type { Store } from '../resources/tables.ts';

const report = object({ port_id: uuid, addresses: list(address, MOST_LEARNED) }, {});

/** `POST /learned-addresses {port_id, addresses}`: an instance took these addresses. */
export function addLearnedAddresses(api: FastifyInstance, store: Store): void {
  api.post(HOST_API.learnedAddresses, async (request, reply) => {
    const { port_id: portId, addresses } = report.parse(request.body, 'body');
    await store.transaction((tx) => learnAddresses(tx, portId, addresses));
    return reply.status(204).send();
  });
}
