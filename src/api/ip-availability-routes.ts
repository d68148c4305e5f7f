/** `/v2.0/network-ip-availabilities`: how many addresses networks have to give, for administrators. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errors } from '../errors/index.ts';
import { ipAvailability, type Store } from '../resources/index.ts';
import type { CallerOf } from './identity.ts';
import type { QueryString } from './list-query.ts';
import { selection } from './short-list.ts';

const COLLECTION = 'network_ip_availabilities';
const FILTERS = ['network_id', 'network_name', 'project_id', 'tenant_id'];
const PATH = '/v2.0/network-ip-availabilities';

/** What TypeScript does not know of yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** Whole numbers as they are, however large: JSON has no bound (RFC 8259 section 6). */
const exactly = (_name: string, value: unknown): unknown =>
  typeof value === 'bigint' ? rawJSON(String(value)) : value;

const answer = (reply: FastifyReply, body: object): FastifyReply =>
  reply.type('application/json; charset=utf-8').send(JSON.stringify(body, exactly));

/** Adds the routes. */
export function addIpAvailabilityRoutes(app: FastifyInstance, store: Store, callerFrom: CallerOf): void {
  const requireAdmin = (request: FastifyRequest): void => {
    if (!callerFrom(request).isAdmin)
      throw errors.request.forAdmins({ verb: 'get', resource: 'network_ip_availability' });
  };
  const hidden = { schema: { hide: true } };
  app.get<{ Querystring: QueryString }>(PATH, hidden, async (request, reply) => {
    requireAdmin(request);
    const { ip_version: family, ...query } = request.query;
    const select = selection({ collection: COLLECTION, filters: FILTERS }, query);
    const wanted = family === undefined ? undefined : String(family);
    return answer(reply, { [COLLECTION]: select(await ipAvailability(store.read, undefined, wanted)) });
  });
  app.get<{ Params: { id: string } }>(`${PATH}/:id`, hidden, async (request, reply) => {
    requireAdmin(request);
    const { id } = request.params;
    const [one] = await ipAvailability(store.read, id);
    if (one === undefined) throw errors.notFound.network({ id });
    return answer(reply, { network_ip_availability: one });
  });
}
