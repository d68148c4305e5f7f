/** Routes of what stands below a resource's path: `/v2.0/ports/ID/bindings`, and `.../HOST`, and `.../HOST/activate`. */
import type { FastifyInstance } from 'fastify';
import type { NestedAction } from '../errors/index.ts';
import type { Definition, Nested } from '../resources/index.ts';
import type { CallerOf } from './identity.ts';
import { fieldsIn, type QueryString } from './list-query.ts';
import { nestedSchemas } from './openapi.ts';
import type { Pipeline } from './pipeline.ts';
import { selection, withFields } from './short-list.ts';

interface OneParams {
  Params: { id: string; key: string };
}
interface AllParams {
  Params: { id: string };
}
interface WithQuery {
  Querystring: QueryString;
}

/** Adds the routes of what a resource has below its path. */
export function addNestedRoutes(
  app: FastifyInstance,
  pipeline: Pipeline,
  definition: Definition,
  nested: Nested,
  callerFrom: CallerOf,
): void {
  const { name, collection, policy } = nested;
  const all = `/v2.0/${definition.path}/:id/${collection}`;
  const one = `${all}/:key`;
  const schemas = nestedSchemas(definition, nested);
  app.get<AllParams & WithQuery>(all, { schema: schemas.list }, async (request) => {
    const { id } = request.params;
    const select = selection(nested, request.query);
    const found = await pipeline.read(callerFrom(request), id, (db, context, owner) =>
      nested.list(db, context, owner),
    );
    return { [collection]: select(found) };
  });
  app.get<OneParams & WithQuery>(one, { schema: schemas.show }, async (request) => {
    const { id, key } = request.params;
    const found = await pipeline.read(callerFrom(request), id, (db, context, owner) =>
      nested.show(db, context, owner, key),
    );
    return { [name]: withFields(found, fieldsIn(request.query)) };
  });
  app.post<AllParams>(all, { schema: schemas.create }, async (request, reply) => {
    const made = await pipeline.change(
      callerFrom(request),
      request.params.id,
      `create_${policy}`,
      (tx, context, owner) => nested.create(tx, context, owner, request.body),
    );
    return reply.code(201).send({ [name]: made });
  });
  app.put<OneParams>(one, { schema: schemas.update }, async (request) => {
    const { id, key } = request.params;
    const changed = await pipeline.change(callerFrom(request), id, `update_${policy}`, (tx, context, owner) =>
      nested.update(tx, context, owner, key, request.body),
    );
    return { [name]: changed };
  });
  app.delete<OneParams>(one, { schema: schemas.remove }, async (request, reply) => {
    const { id, key } = request.params;
    await pipeline.change(callerFrom(request), id, `delete_${policy}`, (tx, context, owner) =>
      nested.delete(tx, context, owner, key),
    );
    return reply.code(204).send();
  });
  for (const action of Object.keys(nested.actions) as NestedAction[]) {
    app.put<OneParams>(`${one}/${action}`, { schema: schemas.action(action) }, (request) => {
      const { id, key } = request.params;
      // As Neutron answers it: without a name around.
      return pipeline.change(callerFrom(request), id, action, (tx, context, owner) =>
        nested.actions[action]!(tx, context, owner, key),
      );
    });
  }
}
