/**
 * Tokens: what they say, authenticated by HMAC-SHA-256 with a key of the store. They tell who and for what; roles are
 * looked up, so that they are as they are now. Pure.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a token is for. */
export type TokenScope =
  | { readonly kind: 'project'; readonly id: string }
  | { readonly kind: 'domain'; readonly id: string }
  | { readonly kind: 'system'; readonly id: 'all' }
  | { readonly kind: 'none'; readonly id: '' };

export interface TokenClaims {
  readonly userId: string;
  readonly scope: TokenScope;
  /** How the user signed in. */
  readonly methods: readonly string[];
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Its own id, by which it is revoked, and that of the token that it was made from. */
  readonly auditIds: readonly string[];
  /** Of the user and of the project, as they were: when they have moved on, the token is no good. */
  readonly userEpoch: number;
  readonly scopeEpoch: number;
  /** The application credential that it was made by; empty for none. */
  readonly credentialId: string;
}

export interface TokenKey {
  readonly id: number;
  readonly secret: Buffer;
}

const VERSION = 'sxt1';

/** Ids have 64 characters at most. */
const MAX_LENGTH = 2048;

const macOf = (key: TokenKey, text: string): Buffer =>
  Buffer.from(createHmac('sha256', key.secret).update(text).digest('base64url'));

/** The text of a token. */
export function sealToken(key: TokenKey, claims: TokenClaims): string {
  const { userId, scope, methods, issuedAt, expiresAt, auditIds, userEpoch, scopeEpoch, credentialId } =
    claims;
  const said = [
    ...[userId, scope.kind, scope.id, methods, issuedAt, expiresAt],
    ...[auditIds, userEpoch, scopeEpoch, credentialId],
  ];
  const text = `${VERSION}.${key.id}.${Buffer.from(JSON.stringify(said)).toString('base64url')}`;
  return `${text}.${macOf(key, text)}`;
}

/** The number of the key that a token says it is made with; undefined for what is no token. */
export function keyIdOf(token: string): number | undefined {
  if (token.length > MAX_LENGTH) return undefined;
  const [, id] = /^sxt1\.(\d{1,9})\./.exec(token) ?? [];
  return id === undefined ? undefined : Number(id);
}

/** What a token says; undefined unless it was made with this key. Whether it has expired is the caller's to see. */
export function openToken(key: TokenKey, token: string): TokenClaims | undefined {
  const end = token.lastIndexOf('.');
  const text = token.slice(0, end);
  const [mac, wanted] = [Buffer.from(token.slice(end + 1)), macOf(key, text)];
  if (mac.length !== wanted.length || !timingSafeEqual(mac, wanted)) return undefined;
  const said = JSON.parse(Buffer.from(text.split('.')[2] ?? '', 'base64url').toString());
  const [userId, kind, id, methods, issuedAt, expiresAt, auditIds, userEpoch, scopeEpoch, credentialId] =
    said;
  return {
    ...{ userId, scope: { kind, id }, methods, issuedAt, expiresAt },
    ...{ auditIds, userEpoch, scopeEpoch, credentialId },
  };
}
