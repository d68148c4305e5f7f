/** What hosts see of the addresses that instances take for themselves. */
import type { FastifyInstance } from 'fastify';
import { HOST_API } from '../host-contract/index.ts';
import { address, list, object, uuid } from '../resources/definition/attribute-types.ts';
import { learnAddresses, MOST_LEARNED } from '../resources/port/learned-addresses.ts';
import type { Store } from '../resources/tables.ts';

const addresses = list(address, 2 * MOST_LEARNED);
const report = object({ port_id: uuid, taken: addresses, given_up: addresses }, {});

/** `POST /taken-addresses {port_id, taken, given_up}`: an instance took these addresses, and gave those up. */
export function addTakenAddresses(api: FastifyInstance, store: Store): void {
  api.post(HOST_API.takenAddresses, async (request) => {
    const { port_id: portId, taken, given_up: givenUp } = report.parse(request.body, 'body');
    return { others: await store.transaction((tx) => learnAddresses(tx, portId, taken, givenUp)) };
  });
}
