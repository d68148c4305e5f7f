/** What hosts see of the addresses that instances take for themselves. */

import type { FastifyInstance } from 'fastify';
import { Address } from '../addressing/index.ts';
import { HOST_API } from '../host-contract/index.ts';
import {
  address,
  type LearnedFact,
  learnAddresses,
  learnedAddresses,
  list,
  object,
  oneOf,
  type Store,
  uuid,
} from '../resources/index.ts';

/** What a host tells, and asks, at once. */
const MOST = 1_000;
const origin = oneOf('solicitation', 'advertisement', 'traffic', 'registration');
const report = object(
  {
    taken: list(object({ port_id: uuid, address, origin }, {}), MOST),
    given_up: list(object({ port_id: uuid, address }, {}), MOST),
  },
  {},
);
const question = object({ port_ids: list(uuid, MOST) }, {});

/** Routes by which hosts report what instances took, and ask for what they took before: see `HOST_API`. */
export function addTakenAddresses(api: FastifyInstance, store: Store): void {
  api.post(HOST_API.takenAddresses, async (request) => {
    const { taken, given_up } = report.parse(request.body, 'body');
    const told = {
      taken: taken.map((one) => ({ ...read(one), origin: one.origin })),
      givenUp: given_up.map(read),
    };
    const denied = await store.transaction((tx) => learnAddresses(tx, told));
    return { denied: denied.map(written) };
  });
  api.post(HOST_API.learnedAddresses, async (request) => {
    const { port_ids: ids } = question.parse(request.body, 'body');
    return { addresses: (await learnedAddresses(store.read, ids)).map(written) };
  });
}

const read = (one: { port_id: string; address: string }): LearnedFact => ({
  portId: one.port_id,
  address: Address.parse(one.address),
});

const written = ({ portId, address }: LearnedFact) => ({ port_id: portId, address: address.toString() });
