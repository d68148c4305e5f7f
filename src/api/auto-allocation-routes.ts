/** Auto-allocated topologies: `/v2.0/auto-allocated-topology/PROJECT`. GET makes one for who has none. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { errors } from '../errors/index.ts';
import {
  autoAllocate,
  autoAllocatedNetwork,
  autoAllocationRequirements,
  type Context,
  type ResourceFinder,
  removeAutoAllocated,
  type Settings,
  type Store,
  text,
} from '../resources/index.ts';
import type { Caller, CallerOf } from './identity.ts';

interface ProjectRequest {
  Params: { project: string };
  Querystring: { fields?: string | string[] };
}

const DRY_RUN = 'dry-run';
const PATH = '/v2.0/auto-allocated-topology/:project';
const projectId = text(255);

/** Adds the routes. */
export function addAutoAllocationRoutes(
  app: FastifyInstance,
  { store, settings }: { readonly store: Store; readonly settings: Settings },
  resource: ResourceFinder,
  callerFrom: CallerOf,
): void {
  const hidden = { schema: { hide: true } };
  /** @throws RequestError 403 for the topology of another project, but to administrators */
  const asked = (
    request: FastifyRequest<ProjectRequest>,
    verb: string,
  ): { caller: Caller; context: Context } => {
    const caller = callerFrom(request);
    const given = projectId.parse(request.params.project, 'project_id');
    // Old clients that know no project say so.
    const project = given === 'None' ? caller.projectId : given;
    if (!caller.isAdmin && !(caller.canRead && project === caller.projectId))
      throw errors.autoAllocation.ofOthers({ verb });
    // What is made is what the project itself may make, whoever asks.
    return {
      caller,
      context: { projectId: project, isAdmin: false, settings, cause: caller.requestId },
    };
  };
  const topology = (id: string, tenant_id: string) => ({
    auto_allocated_topology: { id, tenant_id, project_id: tenant_id },
  });
  app.get<ProjectRequest>(PATH, hidden, async (request) => {
    const { caller, context } = asked(request, 'get');
    const fields = [request.query.fields ?? []].flat();
    const id = await store.transaction(
      async (tx) => {
        if (fields.includes(DRY_RUN)) {
          await autoAllocationRequirements(tx, context);
          return 'dry-run=pass';
        }
        if (fields.length > 0) throw errors.autoAllocation.fields();
        if (caller.canWrite) return autoAllocate(tx, context, resource);
        const there = await autoAllocatedNetwork(tx, context.projectId);
        if (there === undefined) throw errors.autoAllocation.ofOthers({ verb: 'create' });
        return there;
      },
      { cause: context.cause },
    );
    return topology(id, context.projectId);
  });
  app.delete<ProjectRequest>(PATH, hidden, async (request, reply) => {
    const { caller, context } = asked(request, 'delete');
    if (!caller.canWrite) throw errors.autoAllocation.ofOthers({ verb: 'delete' });
    await store.transaction((tx) => removeAutoAllocated(tx, context, resource), { cause: context.cause });
    return reply.code(204).send();
  });
}
