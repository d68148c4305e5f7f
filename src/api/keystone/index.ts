/** The identity API: Keystone's v3, as far as the clients of the network API need it. `access.ts` says who may what. */
import type { FastifyRequest } from 'fastify';
import { type DirectoryName, IDENTITY_PATH, identityDefinitions } from '../../identity/index.ts';
import { OPEN } from '../authentication.ts';
import { HIDDEN, type KeystoneParts, V3 } from './asked.ts';
import { addAssignmentRoutes } from './assignment-routes.ts';
import { addDirectoryRoutes } from './directory-routes.ts';
import { addTokenRoutes } from './token-routes.ts';
import { addCredentialRoutes, addUserRoutes } from './user-routes.ts';

export { baseBy } from './asked.ts';

/** The version that is announced: Keystone's of its release Zed. */
const VERSION = 'v3.14';

/** Adds all routes below `/identity`. */
export function addKeystoneRoutes(parts: KeystoneParts): void {
  const { app, baseOf } = parts;
  const version = (request: FastifyRequest) => ({
    id: VERSION,
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${baseOf(request)}${V3}/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  });
  const open = { ...HIDDEN, ...OPEN };
  app.get(IDENTITY_PATH, open, (request, reply) =>
    reply.code(300).send({ versions: { values: [version(request)] } }),
  );
  app.get(V3, open, (request) => ({ version: version(request) }));
  addTokenRoutes(parts);
  for (const name of Object.keys(identityDefinitions))
    if (name !== 'application_credential') addDirectoryRoutes(parts, name as DirectoryName);
  addUserRoutes(parts);
  addCredentialRoutes(parts);
  addAssignmentRoutes(parts);
}
