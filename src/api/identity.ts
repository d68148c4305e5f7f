/**
 * Who asks. `auth.mode: none`: project and roles are taken from headers as they come, so the server listens on
 * loopback only.
 */

import type { FastifyRequest } from 'fastify';
import { errors } from '../errors/index.ts';

export interface Caller {
  readonly projectId: string;
  readonly isAdmin: boolean;
  /** May change things; a reader may only look. */
  readonly canWrite: boolean;
  /** The id under which the log has the request. */
  readonly requestId: string;
  /** Who it is in the project, as far as that was told: for the log alone. */
  readonly user?: string | undefined;
}

/** The project of callers that name none. */
const DEFAULT_PROJECT = 'default';

const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

/** @throws RequestError 400 for a project that cannot be one */
export function callerFrom({ headers, id }: Pick<FastifyRequest, 'headers' | 'id'>): Caller {
  const projectId = one(headers['x-project-id']) ?? one(headers['x-tenant-id']) ?? DEFAULT_PROJECT;
  if (projectId.length > 255 || projectId === '') {
    throw errors.request.projectHeader();
  }
  const roles = (one(headers['x-roles']) ?? 'admin').split(',').map((role) => role.trim().toLowerCase());
  const isAdmin = roles.includes('admin');
  return {
    projectId,
    isAdmin,
    requestId: id,
    user: one(headers['x-user-id'])?.slice(0, 255),
    canWrite: isAdmin || roles.some((role) => role === 'member' || role === '_member_'),
  };
}
