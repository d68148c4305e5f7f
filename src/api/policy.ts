/**
 * Who may do what in the network API: one table, as Neutron's defaults are. Who may not see a thing is not told that it
 * is there; who may, and not change it, is told so. Pure.
 */
import { errors, type RequestError, type ResourceName } from '../errors/index.ts';
import type { Who } from '../resources/index.ts';
import type { Caller } from './identity.ts';

/** What changes a thing; tags and actions are updates. */
type ChangingVerb = 'create' | 'update' | 'delete';

/** What a caller may be to a thing: in its project, or in that of what it belongs to. */
type Relation = 'owner' | 'parent owner';

/** The role that it takes, and what its holder must be to the thing. Administrators may do anything. */
interface PolicyRule {
  readonly role: 'member' | 'admin';
  readonly as: readonly Relation[];
}

const OWNERS: PolicyRule = { role: 'member', as: ['owner'] };
const OWNERS_AND_PARENTS: PolicyRule = { role: 'member', as: ['owner', 'parent owner'] };
const ADMINISTRATORS: PolicyRule = { role: 'admin', as: [] };

const ofOwners = { create: OWNERS, update: OWNERS, delete: OWNERS } as const;
const ofAdministrators = { create: ADMINISTRATORS, update: ADMINISTRATORS, delete: ADMINISTRATORS } as const;

/** To look at anything takes the role reader. */
const RULES: Readonly<Record<ResourceName, Readonly<Record<ChangingVerb, PolicyRule>>>> = {
  network: ofOwners,
  subnetpool: ofOwners,
  subnet: { create: OWNERS, update: OWNERS_AND_PARENTS, delete: OWNERS_AND_PARENTS },
  port: { create: OWNERS, update: OWNERS, delete: OWNERS_AND_PARENTS },
  trunk: ofOwners,
  policy: ofOwners,
  router: ofOwners,
  floatingip: ofOwners,
  ndp_proxy: ofOwners,
  nptv6_translation: ofOwners,
  // What is outside is everybody's.
  bgp_speaker: ofAdministrators,
  bgp_peer: ofAdministrators,
  address_group: ofOwners,
  address_scope: ofOwners,
  security_group: ofOwners,
  security_group_rule: { create: OWNERS, update: OWNERS, delete: OWNERS_AND_PARENTS },
  // They are about everybody's groups.
  default_security_group_rule: ofAdministrators,
  // They are about everybody's networks.
  network_segment_range: ofAdministrators,
  // Other projects' packets may be in them.
  log: ofAdministrators,
  instance: ofOwners,
  anycast_address: ofOwners,
  // What of it takes more, its operations say: it depends on with whom, and how.
  rbac_policy: ofOwners,
  // Hosts are everybody's.
  agent: ofAdministrators,
  host_token: ofAdministrators,
};

/** What things belong to: the attribute that names it, and its table. */
const PARENTS = {
  subnet: { attribute: 'network_id', table: 'networks' },
  port: { attribute: 'network_id', table: 'networks' },
  security_group_rule: { attribute: 'security_group_id', table: 'security_groups' },
} as const satisfies Partial<Record<ResourceName, { attribute: string; table: string }>>;

type CallerRights = Pick<Caller, 'isAdmin' | 'canWrite' | 'canRead'>;

/** Whether the caller may give, see, filter or sort by an attribute that is for `who`. */
export const mayUseAttribute = ({ isAdmin }: Pick<Caller, 'isAdmin'>, who: Who | undefined): boolean =>
  isAdmin || who !== 'admin';

/** @throws RequestError 403 for who has nothing to say in any project */
export function requireReader({ canRead }: CallerRights, verb: string, resource: ResourceName): void {
  if (!canRead) throw errors.identity.projectNeeded({ verb, resource });
}

const refusal = (verb: string, resource: ResourceName, { role }: PolicyRule): RequestError =>
  role === 'admin'
    ? errors.request.forAdmins({ verb, resource })
    : errors.request.notOwner({ verb, resource });

const hasRole = (caller: CallerRights, { role }: PolicyRule): boolean =>
  caller.isAdmin || (role === 'member' && caller.canWrite);

/** @throws RequestError 403 unless the caller may make such things, for its own project or, an administrator, any */
export function requireMaker(caller: CallerRights, resource: ResourceName): void {
  const rule = RULES[resource].create;
  if (!hasRole(caller, rule)) throw refusal('create', resource, rule);
}

/**
 * Whether somebody may change a thing that it sees.
 * @param verb `update`, `delete`, or the name of an action
 * @param owners the project of the thing, and that of its parent, as far as it is asked for
 * @throws RequestError 403
 */
export async function requireChanger(
  caller: CallerRights & Pick<Caller, 'projectId'>,
  resource: ResourceName,
  verb: string,
  owners: Readonly<Record<Relation, () => string | Promise<string | undefined>>>,
): Promise<void> {
  const rule = RULES[resource][verb === 'delete' ? 'delete' : 'update'];
  if (!hasRole(caller, rule)) throw refusal(verb, resource, rule);
  if (caller.isAdmin) return;
  for (const relation of rule.as) if ((await owners[relation]()) === caller.projectId) return;
  throw refusal(verb, resource, rule);
}

/** What things of this kind belong to; undefined for those that stand alone. */
export const parentOf = (resource: ResourceName): (typeof PARENTS)[keyof typeof PARENTS] | undefined =>
  Object.hasOwn(PARENTS, resource) ? PARENTS[resource as keyof typeof PARENTS] : undefined;
