/** Reads the body of `POST /auth/tokens`. Pure. */
import { errors } from '../errors/index.ts';

/** Something that a request names by its id, or by its name and domain. */
export interface NamedBy {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly domain: Pick<NamedBy, 'id' | 'name'> | undefined;
}

export type WantedScope =
  | { readonly kind: 'project' | 'domain'; readonly named: NamedBy }
  | { readonly kind: 'system' }
  | { readonly kind: 'none' };

/** One of the ways to prove who one is. */
export type Proof =
  | { readonly method: 'password'; readonly user: NamedBy; readonly password: string }
  | { readonly method: 'token'; readonly token: string }
  | {
      readonly method: 'application_credential';
      readonly id: string | undefined;
      readonly name: string | undefined;
      readonly user: NamedBy | undefined;
      readonly secret: string;
    };

export interface SignInRequest {
  readonly proofs: readonly Proof[];
  /** Undefined when the request leaves it out. */
  readonly scope: WantedScope | undefined;
}

type BodyPart = Readonly<Record<string, unknown>>;

const LONGEST_TEXT = 4096;

const invalid = (field: string, reason: string) => errors.identity.invalid({ field, reason });

function objectAt(value: unknown, field: string): BodyPart {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(field, 'it must be an object');
  return value as BodyPart;
}

function textAt(value: unknown, field: string): string {
  if (typeof value !== 'string') throw invalid(field, 'it must be a text');
  if (value.length > LONGEST_TEXT || value.includes('\0'))
    throw invalid(field, `it must have at most ${LONGEST_TEXT} characters, none of them NUL`);
  return value;
}

const optionalText = (value: unknown, field: string): string | undefined =>
  value === undefined || value === null ? undefined : textAt(value, field);

function namedAt(value: unknown, field: string): NamedBy {
  const { id, name, domain } = objectAt(value, field);
  const where = domain === undefined ? undefined : objectAt(domain, `${field}.domain`);
  const named = {
    id: optionalText(id, `${field}.id`),
    name: optionalText(name, `${field}.name`),
    domain: where && {
      id: optionalText(where.id, `${field}.domain.id`),
      name: optionalText(where.name, `${field}.domain.name`),
    },
  };
  if (named.id === undefined && named.name === undefined) throw invalid(field, 'it must have id or name');
  return named;
}

/** As `namedAt`, with the domain that a name needs. */
function inDomainAt(value: unknown, field: string): NamedBy {
  const named = namedAt(value, field);
  const { id, domain } = named;
  if (id === undefined && (domain?.id ?? domain?.name) === undefined)
    throw invalid(field, 'with a name it must have a domain with id or name');
  return named;
}

const methods: Readonly<Record<string, (identity: BodyPart) => Proof>> = {
  password: ({ password }) => {
    const { user } = objectAt(password, 'password');
    const field = 'password.user';
    return {
      method: 'password',
      user: inDomainAt(user, field),
      password: textAt(objectAt(user, field).password, `${field}.password`),
    };
  },
  token: ({ token }) => ({ method: 'token', token: textAt(objectAt(token, 'token').id, 'token.id') }),
  application_credential: ({ application_credential: given }) => {
    const field = 'application_credential';
    const credential = objectAt(given, field);
    const id = optionalText(credential.id, `${field}.id`);
    const name = optionalText(credential.name, `${field}.name`);
    if (id === undefined && name === undefined) throw invalid(field, 'it must have id, or name and user');
    return {
      method: 'application_credential',
      id,
      name,
      user: id === undefined ? inDomainAt(credential.user, `${field}.user`) : undefined,
      secret: textAt(credential.secret, `${field}.secret`),
    };
  },
};

function scopeAt(value: unknown): WantedScope | undefined {
  if (value === undefined || value === null) return undefined;
  if (value === 'unscoped') return { kind: 'none' };
  const scope = objectAt(value, 'scope');
  const [kind, ...more] = Object.keys(scope);
  if (more.length > 0) throw invalid('scope', 'it must be one of project, domain and system');
  if (kind === 'project') return { kind, named: inDomainAt(scope.project, 'scope.project') };
  if (kind === 'domain') return { kind, named: namedAt(scope.domain, 'scope.domain') };
  if (kind === 'system' && objectAt(scope.system, 'scope.system').all === true) return { kind };
  if (kind === 'unscoped') return { kind: 'none' };
  throw invalid('scope', 'it must be project, domain, {"system": {"all": true}} or "unscoped"');
}

/**
 * @throws RequestError 400 for what is none, 401 for a method that there is not
 */
export function parseSignIn(body: unknown): SignInRequest {
  const auth = objectAt(objectAt(body, 'body').auth, 'auth');
  const identity = objectAt(auth.identity, 'auth.identity');
  const names = identity.methods;
  if (!Array.isArray(names) || names.length === 0 || names.length > Object.keys(methods).length)
    throw invalid('auth.identity.methods', `it must list one or more of ${Object.keys(methods).join(', ')}`);
  const proofs = [...new Set<unknown>(names)].map((name) => {
    const read = typeof name === 'string' && Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (read === undefined) throw errors.identity.unauthorized();
    return read(identity);
  });
  return { proofs, scope: scopeAt(auth.scope) };
}
