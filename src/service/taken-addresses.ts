/** What hosts see of the addresses that instances take for themselves. */

import type { FastifyInstance } from 'fastify';
import { HOST_API } from '../host-contract/index.ts';
import { address, learnAddresses, list, MOST_LEARNED, object, type Store, uuid } from '../resources/index.ts';

const addresses = list(address, 2 * MOST_LEARNED);
const report = object({ port_id: uuid, taken: addresses, given_up: addresses }, {});

/** `POST /taken-addresses {port_id, taken, given_up}`: an instance took these addresses, and gave those up. */
export function addTakenAddresses(api: FastifyInstance, store: Store): void {
  api.post(HOST_API.takenAddresses, async (request) => {
    const { port_id: portId, taken, given_up: givenUp } = report.parse(request.body, 'body');
    return { others: await store.transaction((tx) => learnAddresses(tx, portId, taken, givenUp)) };
  });
}
