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
import type { HostGate } from './host-caller.ts';

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
export function addTakenAddresses(api: FastifyInstance, store: Store, gate: HostGate): void {
  api.post(HOST_API.takenAddresses, async (request) => {
    const { taken, given_up } = report.parse(request.body, 'body');
    const caller = gate.callerOf(request);
    const idsOf = (facts: readonly { port_id: string }[]) => facts.map(({ port_id: id }) => id);
    const hosted = await gate.permitted(caller, idsOf(taken), 'host');
    // Where an instance is no more, or not yet, it does not answer for what it has.
    const spokenFor = await gate.permitted(caller, idsOf(given_up), 'speak');
    const told = {
      taken: taken
        .filter((one) => hosted.has(one.port_id))
        .map((one) => ({ ...read(one), origin: one.origin })),
      givenUp: given_up.filter((one) => spokenFor.has(one.port_id)).map(read),
    };
    const denied = await store.transaction((tx) => learnAddresses(tx, told));
    const foreign = taken.filter((one) => !hosted.has(one.port_id)).map(read);
    return { denied: [...denied, ...foreign].map(written) };
  });
  api.post(HOST_API.learnedAddresses, async (request) => {
    const { port_ids: ids } = question.parse(request.body, 'body');
    const own = await gate.permitted(gate.callerOf(request), ids, 'host');
    return { addresses: (await learnedAddresses(store.read, [...own])).map(written) };
  });
}

const read = (one: { port_id: string; address: string }): LearnedFact => ({
  portId: one.port_id,
  address: Address.parse(one.address),
});

const written = ({ portId, address }: LearnedFact) => ({ port_id: portId, address: address.toString() });
