/** Users, projects and the rest: made, found, changed and removed, by their definitions. */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { errors } from '../errors/index.ts';
import { columnValue, fromRow, toRow, type Values } from '../resources/index.ts';
import { brokenKey, uniqueViolation } from '../store/index.ts';
import { requireAdministrator } from './administrators.ts';
import { type IdentityDefinition, type IdentityName, identityDefinitions } from './definitions.ts';
import type { IdentityService } from './identity.ts';
import type { IdentityDb } from './tables.ts';

/** Those of whom there are many, in tables of one form; application credentials are their users' own. */
export type DirectoryName = Exclude<IdentityName, 'application_credential'>;

/** What Keystone gives to what is made without an id. */
export const newIdentityId = (): string => randomUUID().replaceAll('-', '');

/** The tables as generic code may use them: which one it is, the definition says. */
const generic = (db: IdentityDb) =>
  db as unknown as Kysely<Record<string, { id: string; extra: string } & Values>>;

const tableOf = ({ collection }: IdentityDefinition): string => `identity_${collection}`;

/** What answers have that is not stored. */
const unstored: Readonly<Record<DirectoryName, (values: Values) => Values>> = {
  domain: () => ({ options: {} }),
  project: () => ({ is_domain: false, options: {} }),
  user: () => ({ password_expires_at: null, options: {} }),
  group: () => ({}),
  role: () => ({ domain_id: null, options: {} }),
  region: () => ({}),
  service: () => ({}),
  endpoint: ({ region_id }) => ({ region: region_id }),
};

const shown = (name: DirectoryName, row: Values): Values => {
  const definition: IdentityDefinition = identityDefinitions[name];
  const values = fromRow(definition, row as never) as Values;
  return { ...JSON.parse(String(row.extra ?? '{}')), ...values, ...unstored[name](values) };
};

/** What is written of one thing: attributes, and those that the service does not know. */
export interface DirectoryWish {
  readonly values: Values;
  readonly extra: Values;
  /** In place of a password. */
  readonly passwordHash?: string | null | undefined;
}

const passwordColumn = ({ passwordHash }: DirectoryWish): Values =>
  passwordHash === undefined ? {} : { password_hash: passwordHash };

/** Users, projects, ... of one kind. */
export class Directory {
  readonly #identity: IdentityService;
  readonly #name: DirectoryName;
  readonly #definition: IdentityDefinition;

  constructor(identity: IdentityService, name: DirectoryName) {
    this.#identity = identity;
    this.#name = name;
    this.#definition = identityDefinitions[name];
  }

  get #table(): string {
    return tableOf(this.#definition);
  }

  /** @param equals attributes that must have these values */
  async list(equals: Values = {}): Promise<Values[]> {
    let query = generic(this.#identity.db).selectFrom(this.#table).selectAll().orderBy('id');
    for (const [name, value] of Object.entries(equals)) {
      const column = columnValue(this.#definition, name, value);
      query = column === null ? query.where(name, 'is', null) : query.where(name, '=', column);
    }
    return (await query.execute()).map((row) => shown(this.#name, row));
  }

  /** Those of these ids, as they are sorted. */
  async listOf(ids: readonly string[]): Promise<Values[]> {
    if (ids.length === 0) return [];
    const rows = await generic(this.#identity.db)
      .selectFrom(this.#table)
      .selectAll()
      .where('id', 'in', ids)
      .orderBy('id')
      .execute();
    return rows.map((row) => shown(this.#name, row));
  }

  /** @throws RequestError 404 */
  find(id: string): Promise<Values> {
    return this.#find(this.#identity.db, id);
  }

  async #find(db: IdentityDb, id: string): Promise<Values> {
    const row = await generic(db).selectFrom(this.#table).selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw errors.identity.notFound({ kind: this.#name, id });
    return shown(this.#name, row);
  }

  /** @throws RequestError 404 for what it names and is not there, 409 when its name is taken */
  create(wish: DirectoryWish): Promise<Values> {
    return this.#change(wish, async (db) => {
      const id = (wish.values.id as string | undefined) ?? newIdentityId();
      const values = { ...wish.values, id };
      await checkReferences(db, this.#name, values);
      await generic(db)
        .insertInto(this.#table)
        .values({
          ...toRow(this.#definition, values),
          ...passwordColumn(wish),
          id,
          extra: JSON.stringify(wish.extra),
        })
        .execute();
      return this.#find(db, id);
    });
  }

  /** @throws RequestError as `create`, 403 when nobody could administer the service any more */
  update(id: string, wish: DirectoryWish): Promise<Values> {
    return this.#change(wish, async (db) => {
      const row = await generic(db)
        .selectFrom(this.#table)
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      if (row === undefined) throw errors.identity.notFound({ kind: this.#name, id });
      await checkReferences(db, this.#name, { ...shown(this.#name, row), ...wish.values });
      const extra = JSON.stringify({ ...JSON.parse(String(row.extra)), ...wish.extra });
      await generic(db)
        .updateTable(this.#table)
        .set({ ...toRow(this.#definition, wish.values), ...passwordColumn(wish), extra } as never)
        .where('id', '=', id)
        .execute();
      if (wish.passwordHash !== undefined || wish.values.enabled === false)
        await endTokens(db, this.#name, id);
      await requireAdministrator(db);
      return this.#find(db, id);
    });
  }

  /** @throws RequestError 404, 403 for a domain that is enabled, 409 while something belongs to it */
  delete(id: string): Promise<void> {
    return this.#change({ values: {}, extra: {} }, async (db) => {
      const record = await this.#find(db, id);
      if (this.#name === 'domain') {
        if (record.enabled) throw errors.identity.domainEnabled();
        await deleteInDomain(db, id);
      }
      if (this.#name === 'project') {
        const child = await db
          .selectFrom('identity_projects')
          .select('id')
          .where('parent_id', '=', id)
          .executeTakeFirst();
        if (child !== undefined) throw errors.identity.inUse({ kind: 'project', id });
      }
      await deleteAssignments(db, this.#name, [id]);
      await generic(db).deleteFrom(this.#table).where('id', '=', id).execute();
      await requireAdministrator(db);
    });
  }

  async #change<R>({ values }: DirectoryWish, change: (db: IdentityDb) => Promise<R>): Promise<R> {
    try {
      return await this.#identity.change(change);
    } catch (error) {
      const kind = this.#name;
      const name = String(values.name ?? values.id ?? '');
      if (uniqueViolation(error) !== undefined) throw errors.identity.conflict({ kind, name });
      if (brokenKey(error) !== undefined) throw errors.identity.inUse({ kind, id: name });
      throw error;
    }
  }
}

/** What each kind names, by attribute. */
const REFERENCES: readonly [attribute: string, name: DirectoryName][] = [
  ['domain_id', 'domain'],
  ['service_id', 'service'],
  ['region_id', 'region'],
  ['parent_region_id', 'region'],
];

/** @throws RequestError 404, 400 for a parent of another domain */
async function checkReferences(db: IdentityDb, name: DirectoryName, values: Values): Promise<void> {
  for (const [attribute, kind] of REFERENCES) {
    const id = Object.hasOwn(identityDefinitions[name].attributes, attribute) ? values[attribute] : undefined;
    if (typeof id !== 'string') continue;
    const found = await generic(db)
      .selectFrom(tableOf(identityDefinitions[kind]))
      .select('id')
      .where('id', '=', id)
      .executeTakeFirst();
    if (found === undefined) throw errors.identity.notFound({ kind, id });
  }
  if (name !== 'project' || values.parent_id === values.domain_id) return;
  const parent = await db
    .selectFrom('identity_projects')
    .select('domain_id')
    .where('id', '=', String(values.parent_id))
    .executeTakeFirst();
  if (parent?.domain_id === values.domain_id) return;
  throw errors.identity.invalid({
    field: 'parent_id',
    reason: 'it must be a project of the same domain, or the domain',
  });
}

/** All tokens of a user, for a project, or of a domain's users and projects end for good. */
async function endTokens(db: IdentityDb, name: DirectoryName, id: string): Promise<void> {
  for (const [table, kind] of [
    ['identity_users', 'user'],
    ['identity_projects', 'project'],
  ] as const) {
    if (name !== kind && name !== 'domain') continue;
    await db
      .updateTable(table)
      .set((row) => ({ epoch: row('epoch', '+', 1) }))
      .where(name === 'domain' ? 'domain_id' : 'id', '=', id)
      .execute();
  }
}

/** Roles that users or groups have, or that are had in projects or domains. */
async function deleteAssignments(db: IdentityDb, name: DirectoryName, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  if (name === 'user' || name === 'group')
    await db
      .deleteFrom('identity_assignments')
      .where('actor', '=', name)
      .where('actor_id', 'in', ids)
      .execute();
  if (name === 'project' || name === 'domain')
    await db
      .deleteFrom('identity_assignments')
      .where('target', '=', name)
      .where('target_id', 'in', ids)
      .execute();
}

/** Everything that is in a domain. */
async function deleteInDomain(db: IdentityDb, domainId: string): Promise<void> {
  for (const [table, name] of [
    ['identity_users', 'user'],
    ['identity_groups', 'group'],
    ['identity_projects', 'project'],
  ] as const) {
    const rows = await db.selectFrom(table).select('id').where('domain_id', '=', domainId).execute();
    await deleteAssignments(
      db,
      name,
      rows.map(({ id }) => id),
    );
    await db.deleteFrom(table).where('domain_id', '=', domainId).execute();
  }
}
