/** The HTTP server: routes of every resource, around the pipeline. */

import { Readable } from 'node:stream';
import swagger from '@fastify/swagger';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import { type ActionName, errors } from '../errors/index.ts';
import { IDENTITY_PATH, type IdentityService, type TokenChecker } from '../identity/index.ts';
import {
  isCreatable,
  LOGGABLE_RESOURCES,
  loadResources,
  type Resource,
  type Settings,
  type Store,
} from '../resources/index.ts';
import { authenticateAll, isIdentityPath, OPEN } from './authentication.ts';
import { addAutoAllocationRoutes } from './auto-allocation-routes.ts';
import { addBgpRoutes } from './bgp-routes.ts';
import { errorBody, keystoneBody, MAX_PATH_ITEM, refusalFor, refuseConnection } from './errors.ts';
import { extensions } from './extensions.ts';
import { requireLoopback, requireOwnOrigin, urlOf } from './host.ts';
import { type CallerOf, callerOfHeaders, callerOfToken } from './identity.ts';
import { addIpAvailabilityRoutes } from './ip-availability-routes.ts';
import { parseJson } from './json.ts';
import { addKeystoneRoutes, baseBy } from './keystone/index.ts';
import type { QueryString } from './list-query.ts';
import { addNestedRoutes } from './nested-routes.ts';
import { routeSchemas } from './openapi.ts';
import { Pipeline } from './pipeline.ts';
import { addQosRoutes } from './qos-routes.ts';
import { addQuotaRoutes } from './quota-routes.ts';
import { clearedOf } from './request-body.ts';
import { RequestFollower, requestIdFrom } from './request-follower.ts';
import { addShortListRoutes } from './short-list-routes.ts';
import { asServed } from './spellings.ts';
import { addStateRoutes, type StateSources } from './state.ts';

/** Largest request body (bytes): a bulk request of 5,000 ports fits. */
const MAX_BODY = 8 * 1024 * 1024;

/** An answer of no more parts is sent in one piece. */
const SHORT_PARTS = 3;

/** Of answers that are JSON already. */
const JSON_TYPE = 'application/json; charset=utf-8';

/** When to ask again, by status: for what is away, and after many wrong passwords. */
const RETRY_AFTER_SECONDS: Readonly<Record<number, number>> = { 503: 1, 429: 6 };

export interface ApiOptions extends StateSources {
  readonly store: Store;
  readonly settings: Settings;
  /** Says whose tokens are, and has users sign in; without anybody who does, headers are taken at their word. */
  readonly identity?: IdentityService | undefined;
  /** Says whose tokens are that a Keystone elsewhere gave out, at this URL. */
  readonly keystone?: { readonly tokens: TokenChecker; readonly url: string } | undefined;
  /** URL that clients reach the service by; as each of them asks for it when left out. */
  readonly publicUrl?: string | undefined;
  readonly log: Logger;
}

interface ItemParams {
  Params: { id: string };
}
interface TagParams {
  Params: { id: string; tag: string };
}

const ifMatchOf = (request: FastifyRequest): string | undefined => request.headers['if-match'];

function addTagRoutes(
  app: FastifyInstance,
  pipeline: Pipeline,
  path: string,
  schemas: ReturnType<typeof routeSchemas>,
  callerFrom: CallerOf,
): void {
  const { tags } = schemas;
  app.get<ItemParams>(`${path}/:id/tags`, { schema: tags('Show') }, (request) =>
    pipeline.tags(callerFrom(request), request.params.id),
  );
  app.put<ItemParams>(`${path}/:id/tags`, { schema: tags('Replace') }, (request) =>
    pipeline.replaceTags(callerFrom(request), request.params.id, request.body),
  );
  app.delete<ItemParams>(`${path}/:id/tags`, { schema: tags('Clear') }, async (request, reply) => {
    await pipeline.clearTags(callerFrom(request), request.params.id);
    return reply.code(204).send();
  });
  app.get<TagParams>(`${path}/:id/tags/:tag`, { schema: tags('Look up') }, async (request, reply) => {
    await pipeline.requireTag(callerFrom(request), request.params.id, request.params.tag);
    return reply.code(204).send();
  });
  app.put<TagParams>(`${path}/:id/tags/:tag`, { schema: tags('Add') }, async (request, reply) => {
    await pipeline.addTag(callerFrom(request), request.params.id, request.params.tag);
    return reply.code(201).send();
  });
  app.delete<TagParams>(`${path}/:id/tags/:tag`, { schema: tags('Remove') }, async (request, reply) => {
    await pipeline.removeTag(callerFrom(request), request.params.id, request.params.tag);
    return reply.code(204).send();
  });
}

/** Sends JSON as it comes. What is short goes in one piece; who reads slowly makes nobody wait, and is waited for. */
async function sendParts(reply: FastifyReply, parts: AsyncIterable<string>): Promise<FastifyReply> {
  const iterator = parts[Symbol.asyncIterator]();
  reply.type(JSON_TYPE);
  let begin = '';
  for (let count = 0; count < SHORT_PARTS; count++) {
    const { done, value } = await iterator.next();
    if (done) return reply.send(begin);
    begin += value;
  }
  return reply.send(Readable.from(continued(begin, iterator)));
}

async function* continued(begin: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  yield begin;
  for (let part = await rest.next(); !part.done; part = await rest.next()) yield part.value;
}

function addResourceRoutes(
  app: FastifyInstance,
  pipeline: Pipeline,
  resource: Resource,
  callerFrom: CallerOf,
): void {
  const { definition } = resource;
  const path = `/v2.0/${definition.path}`;
  const schemas = routeSchemas(definition);
  app.get<{ Querystring: QueryString }>(path, { schema: schemas.list }, async (request, reply) =>
    sendParts(reply, await pipeline.list(callerFrom(request), request.query, urlOf(request))),
  );
  if (isCreatable(definition)) {
    const clearedIn = clearedOf(definition);
    app.post(path, { schema: schemas.create }, async (request, reply) => {
      const made = await pipeline.create(callerFrom(request), request.body, request.log);
      const cleared = clearedIn(request.body);
      if (cleared !== undefined) reply.header('X-Sextant-Cleared', cleared);
      return reply.code(201).send(made);
    });
  }
  app.get<ItemParams & { Querystring: QueryString }>(
    `${path}/:id`,
    { schema: schemas.show },
    async (request, reply) => {
      reply.type(JSON_TYPE);
      return pipeline.show(callerFrom(request), request.params.id, request.query);
    },
  );
  app.put<ItemParams>(`${path}/:id`, { schema: schemas.update }, (request) =>
    pipeline.update(callerFrom(request), request.params.id, request.body, ifMatchOf(request), request.log),
  );
  app.delete<ItemParams>(`${path}/:id`, { schema: schemas.remove }, async (request, reply) => {
    await pipeline.delete(callerFrom(request), request.params.id, ifMatchOf(request));
    return reply.code(204).send();
  });
  for (const action of Object.keys(resource.actions ?? {}) as ActionName[]) {
    app.put<ItemParams>(`${path}/:id/${action}`, { schema: schemas.action(action) }, (request) =>
      pipeline.act(callerFrom(request), request.params.id, action, request.body),
    );
  }
  for (const [look, show] of Object.entries(resource.looks ?? {}))
    app.get<ItemParams>(`${path}/:id/${look}`, { schema: { hide: true } }, (request) =>
      pipeline.read(callerFrom(request), request.params.id, async (db, _context, record) => show(record, db)),
    );
  for (const nested of resource.nested ?? []) addNestedRoutes(app, pipeline, definition, nested, callerFrom);
  if ('tags' in definition.attributes) addTagRoutes(app, pipeline, path, schemas, callerFrom);
}

function addDiscoveryRoutes(app: FastifyInstance, resources: readonly Resource[]): void {
  const version = (request: FastifyRequest) => ({
    id: 'v2.0',
    status: 'CURRENT',
    links: [{ rel: 'self', href: new URL('/v2.0/', urlOf(request)).toString() }],
  });
  app.get('/', { schema: { hide: true }, ...OPEN }, (request) => ({ versions: [version(request)] }));
  app.get('/v2.0', { schema: { hide: true } }, (request) => ({
    resources: resources.map(({ definition: { name, collection, path } }) => ({
      name,
      collection,
      links: [{ rel: 'self', href: new URL(`/v2.0/${path}`, urlOf(request)).toString() }],
    })),
  }));
  app.get('/v2.0/extensions', { schema: { hide: true } }, () => ({ extensions }));
  app.get<{ Params: { alias: string } }>(
    '/v2.0/extensions/:alias',
    { schema: { hide: true } },
    (request, reply) => {
      const extension = extensions.find(({ alias }) => alias === request.params.alias);
      return extension ? { extension } : reply.callNotFound();
    },
  );
  app.get('/v2.0/log/loggable-resources', { schema: { hide: true } }, () => ({
    loggable_resources: LOGGABLE_RESOURCES.map((type) => ({ type })),
  }));
  app.get('/openapi.json', { schema: { hide: true }, ...OPEN }, () => app.swagger());
}

/** The methods of each path, as its routes are added from now on. */
function collectMethods(app: FastifyInstance): ReadonlyMap<string, Set<string>> {
  const methods = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const one of [method].flat()) known.add(one);
    methods.set(url, known);
  });
  return methods;
}

/** A path that is there has 405 for what cannot be done with it, not 404. */
function refuseOtherMethods(app: FastifyInstance, methods: ReadonlyMap<string, Set<string>>): void {
  // Copied: these routes are collected too.
  for (const [url, allowed] of Array.from(methods, ([url, set]) => [url, [...set]] as const)) {
    app.route({
      url,
      method: app.supportedMethods.filter((method) => !allowed.includes(method)),
      schema: { hide: true },
      ...OPEN,
      handler: ({ method }, reply) => {
        reply.header('allow', allowed.join(', '));
        throw errors.http.methodNotAllowed({ method, allowed });
      },
    });
  }
}

/** Answers with an error; one that is our own fault is logged. */
function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = refusalFor(error, request.url);
  if (!refusal)
    request.log.error({ err: error, method: request.method, url: request.url }, 'a request failed');
  const answer = refusal ?? errors.http.internal();
  const retryAfter = RETRY_AFTER_SECONDS[answer.status];
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  const body = isIdentityPath(request.url) ? keystoneBody(answer) : errorBody(answer);
  return reply.code(answer.status).send(body);
}

/** Builds the server; the caller listens and closes. */
export async function buildApi(options: ApiOptions): Promise<FastifyInstance> {
  const { store, settings, metrics, log, identity, keystone, publicUrl = '' } = options;
  const tokens = keystone?.tokens ?? identity;
  const callerFrom = tokens === undefined ? callerOfHeaders : callerOfToken;
  const baseOf = baseBy(publicUrl);
  const follower = new RequestFollower(metrics);
  const resources = await loadResources();
  const app = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: MAX_BODY,
    requestTimeout: 60_000,
    // Lists are filtered by hundreds of ids at a time.
    http: { maxHeaderSize: 64 * 1024 },
    rewriteUrl: ({ url = '' }) => asServed(url),
    genReqId: ({ headers }) => requestIdFrom(headers),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PATH_ITEM },
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => {
      follower.follow(request, reply);
      return refuse(error, request, reply);
    },
    forceCloseConnections: 'idle',
  });
  // Whatever the type is said to be, as for Neutron it is JSON; DELETE may come with a type and no body.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : parseJson(String(body)));
    } catch (error) {
      done(error as Error);
    }
  });
  // The definitions validate, in Neutron's words; schemas are documentation.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  follower.followAll(app);
  app.decorateRequest('signedIn', undefined);
  app.addHook('onRequest', async (request) => {
    if (tokens === undefined) {
      requireLoopback(request);
      requireOwnOrigin(request);
    }
    // One that is none would be refused before a parser is looked for.
    delete request.headers['content-type'];
  });
  if (tokens !== undefined)
    authenticateAll(app, tokens, (request) => keystone?.url ?? `${baseOf(request)}${IDENTITY_PATH}`);
  app.setErrorHandler(refuse);
  const methods = collectMethods(app);
  app.setNotFoundHandler(() => {
    throw errors.http.noSuchPath();
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sextant',
        description: 'IPv6-first virtual networking: the OpenStack Networking API v2.0.',
        version: '2.0',
      },
    },
  });
  app.after(() => {
    addDiscoveryRoutes(app, resources);
    addStateRoutes(app, options, callerFrom);
    addShortListRoutes(app, store, callerFrom);
    addIpAvailabilityRoutes(app, store, callerFrom);
    addQuotaRoutes(app, { store, settings }, callerFrom);
    const resourceOf = (name: string) => resources.find(({ definition }) => definition.name === name)!;
    addAutoAllocationRoutes(app, { store, settings }, resourceOf, callerFrom);
    if (identity !== undefined) addKeystoneRoutes({ app, identity, baseOf });
    const pipelines = new Map(
      resources.map((resource) => [resource.definition.name, new Pipeline(store, settings, resource)]),
    );
    addBgpRoutes(
      app,
      store,
      { speakers: pipelines.get('bgp_speaker')!, agents: pipelines.get('agent')! },
      callerFrom,
    );
    for (const resource of resources) {
      const pipeline = pipelines.get(resource.definition.name)!;
      addResourceRoutes(app, pipeline, resource, callerFrom);
      if (resource.definition.name === 'policy') addQosRoutes(app, store, { resource, pipeline }, callerFrom);
    }
    refuseOtherMethods(app, methods);
  });
  return app;
}
