/**
 * Who asks, and what for: the part of Keystone's model that the network API's clients need. Users, projects, roles and
 * the rest stand in the store; tokens are authenticated texts that tell who and for what, and roles are looked up.
 *
 * In go sign-ins and tokens; out comes whose they are. It knows no HTTP. Begin with `identity.ts`; `sign-in.ts` judges
 * sign-ins, `standing.ts` says what somebody may, `directory.ts` makes and changes what `definitions.ts` defines.
 */
export {
  type Assignment,
  addMember,
  assign,
  effective,
  listAssignments,
  membersOf,
  removeMember,
  requireAssigned,
  requireMember,
  requireParties,
  targetsOf,
  unassign,
} from './assignments.ts';
export { bootstrap, DEFAULT_DOMAIN, FIRST_ADMINISTRATOR, FIRST_REGION, IDENTITY_PATH } from './bootstrap.ts';
export { catalogBelow, urlBelow } from './catalog.ts';
export {
  type CredentialWish,
  createCredential,
  credentialsOf,
  deleteCredential,
  findCredential,
  isAllowed,
} from './credentials.ts';
export {
  applicationCredential,
  type IdentityDefinition,
  type IdentityName,
  identityDefinitions,
} from './definitions.ts';
export { Directory, type DirectoryName } from './directory.ts';
export { IdentityService, type IssuedToken, type TokenChecker } from './identity.ts';
export { type PasswordCost, USUAL_COST } from './passwords.ts';
export { IMPLIED_ROLES } from './roles.ts';
export type { SignedIn } from './sign-in.ts';
export { parseSignIn } from './sign-in-request.ts';
export type { InDomain, ScopeShown } from './standing.ts';
export type { TokenScope } from './token.ts';
