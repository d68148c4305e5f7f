/** A token as the identity API shows it. Pure. */
import { type catalogBelow, IMPLIED_ROLES, type ScopeShown, type SignedIn } from '../../identity/index.ts';

/** As Keystone writes times: UTC with microseconds. */
const written = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

function scopeShown(scope: ScopeShown): object {
  if (scope.kind === 'project') return { project: scope.project, is_domain: false };
  if (scope.kind === 'domain') return { domain: scope.domain };
  return scope.kind === 'system' ? { system: { all: true } } : {};
}

/** @param catalog left out where the client wants none, and of tokens for nothing */
export function tokenBody(
  { claims, standing }: SignedIn,
  catalog: ReturnType<typeof catalogBelow> | undefined,
): { token: object } {
  const { user, scope, roles, credential } = standing;
  const { id, name, domain } = user;
  return {
    token: {
      methods: claims.methods,
      user: { id, name, domain, password_expires_at: null },
      audit_ids: claims.auditIds,
      issued_at: written(claims.issuedAt),
      expires_at: written(claims.expiresAt),
      ...scopeShown(scope),
      ...(scope.kind !== 'none' && { roles, ...(catalog && { catalog }) }),
      ...(credential && {
        application_credential: {
          id: credential.id,
          name: credential.name,
          restricted: !credential.unrestricted,
          ...(credential.accessRules && { access_rules: credential.accessRules }),
        },
      }),
    },
  };
}

/** Which roles imply which, of those there are. */
export const inferences = (
  roles: readonly { readonly id: unknown; readonly name: unknown }[],
): { prior_role: object; implies: object[] }[] =>
  roles.flatMap(({ id, name }) => {
    const implied = Object.hasOwn(IMPLIED_ROLES, String(name)) ? IMPLIED_ROLES[String(name)] : undefined;
    const implies = roles
      .filter((role) => implied?.includes(String(role.name)))
      .map((role) => ({ id: role.id, name: role.name }));
    return implies.length === 0 ? [] : [{ prior_role: { id, name }, implies }];
  });
