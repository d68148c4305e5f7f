/** By what hosts know each other, as those that tell each other something need it. */
import type { FastifyInstance } from 'fastify';
import { HOST_API, type HostAuthority, MOST_PEERS } from '../host-contract/index.ts';
import { list, object, text } from '../resources/index.ts';
import type { HostDoor } from './host-door.ts';

const LONGEST_NAME = 255;
const question = object({ hosts: list(text(LONGEST_NAME), MOST_PEERS) }, {});

/** `POST /host-authorities {hosts}`: a host that was removed has none. */
export function addHostAuthorities(api: FastifyInstance, { authority }: Pick<HostDoor, 'authority'>): void {
  api.post(HOST_API.hostAuthorities, async (request): Promise<{ authorities: HostAuthority[] }> => {
    const hosts = new Set(question.parse(request.body, 'body').hosts);
    const known = authority.hostAuthorities();
    return {
      authorities: [...hosts].flatMap((host) => {
        const certificate = known.get(host);
        return certificate === undefined ? [] : { host, certificate };
      }),
    };
  });
}
