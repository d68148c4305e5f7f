/** Sign-in, tokens, and what a token's holder can have a token for. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errors } from '../../errors/index.ts';
import { catalogBelow, Directory, parseSignIn, type SignedIn, targetsOf } from '../../identity/index.ts';
import { OPEN } from '../authentication.ts';
import { readsAll, requireEnding } from './access.ts';
import { askerOf, HIDDEN, type KeystoneParts, listed, signedInOf, V3 } from './asked.ts';
import { tokenBody } from './token-body.ts';

interface CatalogWish {
  Querystring: { nocatalog?: string };
}

const SUBJECT = 'x-subject-token';

/** Octets: who has not signed in yet makes little work. */
const LARGEST_SIGN_IN = 65_536;

/** Adds the routes below `/auth`. */
export function addTokenRoutes(parts: KeystoneParts): void {
  const { app, identity, baseOf } = parts;
  const catalog = async (request: FastifyRequest) => catalogBelow(await identity.catalog(), baseOf(request));
  const shown = async (request: FastifyRequest<CatalogWish>, signedIn: SignedIn): Promise<object> =>
    tokenBody(signedIn, request.query.nocatalog === undefined ? await catalog(request) : undefined);

  app.post<CatalogWish>(
    `${V3}/auth/tokens`,
    { ...HIDDEN, ...OPEN, bodyLimit: LARGEST_SIGN_IN },
    async (request, reply) => {
      const issued = await identity.signIn(parseSignIn(request.body), askerOf(request));
      request.log.info({ user: issued.claims.userId, scope: issued.claims.scope }, 'signed in');
      return told(reply, issued.text)
        .code(201)
        .send(await shown(request, issued));
    },
  );

  /** The token that is asked about: the caller's own, or another's. */
  const subjectOf = async (request: FastifyRequest): Promise<[string, SignedIn]> => {
    const caller = signedInOf(request);
    const token = request.headers[SUBJECT];
    if (typeof token !== 'string')
      throw errors.identity.invalid({ field: 'X-Subject-Token', reason: 'the header is missing' });
    const subject = await Promise.resolve(identity.authenticate(token)).catch(() => undefined);
    if (subject === undefined) throw errors.identity.notFound({ kind: 'token', id: 'of X-Subject-Token' });
    if (subject.claims.userId !== caller.claims.userId && !readsAll(caller))
      throw errors.identity.forbidden({ action: 'validate_token' });
    return [token, subject];
  };
  app.get<CatalogWish>(`${V3}/auth/tokens`, HIDDEN, async (request, reply) => {
    const [token, subject] = await subjectOf(request);
    return told(reply, token).send(await shown(request, subject));
  });
  app.delete(`${V3}/auth/tokens`, HIDDEN, async (request, reply) => {
    const [, subject] = await subjectOf(request);
    requireEnding(signedInOf(request), subject);
    await identity.revoke(subject);
    return reply.code(204).send();
  });

  app.get(`${V3}/auth/catalog`, HIDDEN, async (request) => ({
    catalog: signedInOf(request).claims.scope.kind === 'none' ? [] : await catalog(request),
    links: { self: `${baseOf(request)}${V3}/auth/catalog` },
  }));
  for (const name of ['project', 'domain'] as const) {
    const directory = new Directory(identity, name);
    app.get(`${V3}/auth/${name}s`, HIDDEN, async (request) => {
      const ids = await targetsOf(identity, signedInOf(request).claims.userId, name);
      const found = await directory.listOf(ids);
      return listed(
        parts,
        request,
        `${name}s`,
        found.filter(({ enabled }) => enabled),
      );
    });
  }
  app.get(`${V3}/auth/system`, HIDDEN, async (request) => {
    const targets = await targetsOf(identity, signedInOf(request).claims.userId, 'system');
    return {
      system: targets.length === 0 ? [] : [{ all: true }],
      links: { self: `${baseOf(request)}${V3}/auth/system` },
    };
  });
}

/** Says which token an answer is about. */
const told = (reply: FastifyReply, token: string): FastifyReply =>
  reply.header(SUBJECT, token).header('vary', 'X-Auth-Token').header('cache-control', 'no-store');
