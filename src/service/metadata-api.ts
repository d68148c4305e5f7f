/** What the service answers when a host asks for an instance's metadata. */

import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HOST_API, PORT_HEADER } from '../host-contract/index.ts';
import { metadataAt } from '../metadata/index.ts';
import type { Store } from '../resources/index.ts';
import { type HostGate, requirePort } from './host-caller.ts';
import { machineOfPort } from './read-machine.ts';

/** Octets for the instance's random number generator, as many as Nova gives. */
const SEED_LENGTH = 512;

/** Adds `GET /metadata/...` to the host API: the document that the instance asks for, below that path. */
export function addMetadataRoutes(api: FastifyInstance, store: Store, gate: HostGate): void {
  const answer = async (request: FastifyRequest, path: string) => {
    const { [PORT_HEADER]: portId } = request.headers;
    if (typeof portId !== 'string') return undefined;
    await requirePort(gate, request, portId, 'host');
    const machine = await machineOfPort(store.read, portId);
    return machine && metadataAt(machine, randomBytes(SEED_LENGTH), path);
  };
  api.get(`${HOST_API.metadata}/*`, async (request, reply) => {
    const document = await answer(request, request.url.slice(HOST_API.metadata.length));
    if (document === undefined) return reply.code(404).type('text/plain').send('Not found\n');
    const { type, body } = document;
    return reply
      .type(type === 'application/octet-stream' ? type : `${type}; charset=utf-8`)
      .send(Buffer.from(body));
  });
}
