/** What the service answers when a host asks for an instance's metadata. */

import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { HOST_API, PORT_HEADER } from '../host-contract/index.ts';
import { metadataAt } from '../metadata/index.ts';
import type { Store } from '../resources/index.ts';
import { machineOfPort } from './read-machine.ts';

/** Octets for the instance's random number generator, as many as Nova gives. */
const SEED_LENGTH = 512;

/** Adds `GET /metadata/...` to the host API: the document that the instance asks for, below that path. */
export function addMetadataRoutes(api: FastifyInstance, store: Store): void {
  const answer = async (portId: unknown, path: string) => {
    const machine = typeof portId === 'string' ? await machineOfPort(store.read, portId) : undefined;
    return machine && metadataAt(machine, randomBytes(SEED_LENGTH), path);
  };
  api.get(`${HOST_API.metadata}/*`, async (request, reply) => {
    const document = await answer(request.headers[PORT_HEADER], request.url.slice(HOST_API.metadata.length));
    if (document === undefined) return reply.code(404).type('text/plain').send('Not found\n');
    const { type, body } = document;
    return reply
      .type(type === 'application/octet-stream' ? type : `${type}; charset=utf-8`)
      .send(Buffer.from(body));
  });
}
