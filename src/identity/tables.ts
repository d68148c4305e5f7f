/** The identity service's tables. */
import type { Kysely } from 'kysely';
import type { Store, Tables, Tx } from '../resources/index.ts';
import type { StoreTables } from '../store/index.ts';
import type {
  ApplicationCredentialRow,
  DomainRow,
  EndpointRow,
  GroupRow,
  ProjectRow,
  RegionRow,
  RoleRow,
  ServiceRow,
  UserRow,
} from './definitions.ts';

/** JSON of attributes that the service does not know. */
interface Extra {
  extra: string;
}

/** Grows by one when all tokens of the user or project so far end: no clock has a say in it. */
interface Epoch {
  epoch: number;
}

export interface MembershipRow {
  group_id: string;
  user_id: string;
}

/** Who has a role, and where. */
export interface AssignmentRow {
  actor: 'user' | 'group';
  actor_id: string;
  target: 'project' | 'domain' | 'system';
  /** `all` for the system. */
  target_id: string;
  role_id: string;
}

export interface IdentityTables extends StoreTables {
  identity_domains: DomainRow & Extra;
  identity_projects: ProjectRow & Extra & Epoch;
  identity_users: UserRow & Extra & Epoch & { password_hash: string | null };
  identity_groups: GroupRow & Extra;
  identity_roles: RoleRow & Extra;
  identity_regions: RegionRow & Extra;
  identity_services: ServiceRow & Extra;
  identity_endpoints: EndpointRow & Extra;
  identity_memberships: MembershipRow;
  identity_assignments: AssignmentRow;
  identity_application_credentials: ApplicationCredentialRow & {
    secret_hash: string;
    /** JSON list. */
    role_ids: string;
  };
  /** Tokens that ended before their time, until it comes. */
  identity_revocations: { audit_id: string; expires_at: number };
  identity_token_keys: { id: number; secret: string; made_at: number };
  /** One row: how often anything of this was changed. */
  identity_generations: { id: number; number: number };
}

export type IdentityDb = Kysely<IdentityTables>;

/** A store's tables, as those of identity that are among them. */
export const identityTables = (db: Kysely<Tables>): IdentityDb => db as unknown as IdentityDb;

/**
 * Runs a change of anything that sign-ins and tokens depend on: other processes hear of it by the generation.
 * @throws RequestError and what the store throws
 */
export const changeIdentity = <R>(
  store: Pick<Store, 'transaction'>,
  change: (db: IdentityDb, tx: Tx) => Promise<R>,
): Promise<R> =>
  store.transaction(async (tx) => {
    const db = identityTables(tx.db);
    const result = await change(db, tx);
    await db
      .updateTable('identity_generations')
      .set((row) => ({ number: row('number', '+', 1) }))
      .execute();
    return result;
  });
