/** Quotas: `/v2.0/quotas/PROJECT`. They are no resource, as they always are there, and have no id of their own. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { errors } from '../errors/index.ts';
import {
  allQuotas,
  boolean,
  COUNTED_RESOURCES,
  defaultQuotas,
  forgetQuotas,
  integer,
  quotaDetailsOf,
  quotasOf,
  type ResourceName,
  type Settings,
  type Store,
  setQuotas,
  text,
  UNLIMITED,
} from '../resources/index.ts';
import type { Caller, CallerOf } from './identity.ts';
import { objectIn } from './request-body.ts';

const limit = integer(UNLIMITED, 2 ** 31 - 1);
const project = text(255);

interface ProjectParams {
  Params: { project: string };
}

/** @throws RequestError 403 for quotas of another project, but to administrators */
function requireOwn({ isAdmin, canRead, projectId }: Caller, asked: string): void {
  if (!isAdmin && !(canRead && projectId === asked)) throw errors.quota.ofOthers({ verb: 'get' });
}

/** @throws RequestError 403 for who is no administrator */
function requireAdmin({ isAdmin }: Caller, verb: string): void {
  if (!isAdmin) throw errors.quota.ofOthers({ verb });
}

/** What a PUT asks for: the quotas, and whether they may be less than what the project has. */
function changesIn(body: unknown): {
  changes: Partial<Record<ResourceName, number>>;
  isChecked: boolean;
} {
  const { check_limit, force, ...given } = objectIn(body, 'quota');
  for (const name of Object.keys(given))
    if (!(COUNTED_RESOURCES as readonly string[]).includes(name))
      throw errors.request.unknownAttributes({ names: [name] });
  // What takes no heed of what is used is what happens anyway.
  if (force !== undefined) boolean.parse(force, 'force');
  return {
    changes: Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, limit.parse(value, name)]),
    ),
    isChecked: check_limit !== undefined && boolean.parse(check_limit, 'check_limit'),
  };
}

/** Adds the routes of quotas. */
export function addQuotaRoutes(
  app: FastifyInstance,
  { store, settings }: { readonly store: Store; readonly settings: Settings },
  callerFrom: CallerOf,
): void {
  const options = { schema: { hide: true } };
  const path = '/v2.0/quotas';
  app.get(path, options, async (request) => {
    requireAdmin(callerFrom(request), 'get');
    return { quotas: await allQuotas(store.read, settings) };
  });
  // Old clients ask whose token they have.
  for (const name of ['tenant', 'project'])
    app.get(`${path}/${name}`, options, (request) => ({
      [name]: { [`${name}_id`]: callerFrom(request).projectId },
    }));
  /** The project that a request is about, if its quotas are the caller's to see. */
  const askedFor = (request: FastifyRequest<ProjectParams>): string => {
    const asked = project.parse(request.params.project, 'project_id');
    requireOwn(callerFrom(request), asked);
    return asked;
  };
  app.get<ProjectParams>(`${path}/:project`, options, async (request) => ({
    quota: await quotasOf(store.read, settings, askedFor(request)),
  }));
  app.get<ProjectParams>(`${path}/:project/default`, options, (request) => {
    askedFor(request);
    return { quota: defaultQuotas(settings) };
  });
  app.get<ProjectParams>(`${path}/:project/details`, options, async (request) => ({
    quota: await quotaDetailsOf(store.read, settings, askedFor(request)),
  }));
  app.put<ProjectParams>(`${path}/:project`, options, async (request) => {
    const caller = callerFrom(request);
    requireAdmin(caller, 'update');
    const asked = askedFor(request);
    const { changes, isChecked } = changesIn(request.body);
    const quota = await store.transaction(
      async (tx) => {
        await setQuotas(tx, asked, changes, isChecked);
        return quotasOf(tx.db, settings, asked);
      },
      { cause: caller.requestId },
    );
    return { quota };
  });
  app.delete<ProjectParams>(`${path}/:project`, options, async (request, reply) => {
    const caller = callerFrom(request);
    requireAdmin(caller, 'delete');
    const asked = askedFor(request);
    await store.transaction((tx) => forgetQuotas(tx, asked), { cause: caller.requestId });
    return reply.code(204).send();
  });
}
