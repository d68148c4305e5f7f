/**
 * Tokens by which machines join as hosts: which one it is, what only its holder knows, and the fingerprint by which the
 * service is known, so that nobody else is told the rest.
 */

export interface JoinToken {
  readonly id: string;
  readonly secret: string;
  /** SHA-256 of the certificate of the service's authority, in base64url. */
  readonly fingerprint: string;
}

const FORM = /^([0-9a-f-]{36})\.([\w-]{43})\.([\w-]{43})$/;

export const formatJoinToken = ({ id, secret, fingerprint }: JoinToken): string =>
  `${id}.${secret}.${fingerprint}`;

/** Reads a token; undefined when the text is none, or not all of one. */
export function parseJoinToken(text: string): JoinToken | undefined {
  const [, id, secret, fingerprint] = FORM.exec(text) ?? [];
  return id && secret && fingerprint ? { id, secret, fingerprint } : undefined;
}

/** What hosts may be called: the name is in a certificate, and in OVN's rows. */
export const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
