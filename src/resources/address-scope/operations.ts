/** Address scopes: create, update, delete. */
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { newId } from '../new-id.ts';
import { deleteRow, fromRow, insertRow, newborn, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { forgetSharing, sharedWith, shareWithAll } from '../sharing.ts';
import type { Tx } from '../tables.ts';
import {
  type AddressScope,
  type AddressScopeCreate,
  type AddressScopeUpdate,
  addressScope,
} from './definition.ts';

async function create(tx: Tx, context: Context, request: AddressScopeCreate): Promise<AddressScope> {
  const projectId = request.project_id ?? context.projectId;
  const { tags: _, ...fresh } = newborn();
  const scope: AddressScope = {
    ...request,
    ...fresh,
    id: newId(),
    project_id: projectId,
    tenant_id: projectId,
  };
  insertRow(tx, addressScope, scope);
  if (scope.shared) shareWithAll(tx, { ...scope, kind: 'address_scope' }, 'access_as_shared');
  return scope;
}

async function update(
  tx: Tx,
  _context: Context,
  current: AddressScope,
  changes: AddressScopeUpdate,
): Promise<AddressScope> {
  if (changes.shared === false && current.shared) throw errors.addressScope.staysShared({ id: current.id });
  if (changes.shared && !current.shared)
    shareWithAll(tx, { ...current, kind: 'address_scope' }, 'access_as_shared');
  const moved = updateRow(tx, addressScope, current, changes);
  return { ...current, ...(changes as Partial<AddressScope>), ...moved };
}

async function remove(tx: Tx, _context: Context, current: AddressScope): Promise<void> {
  const pool = await tx.db
    .selectFrom('subnetpools')
    .select('id')
    .where('address_scope_id', '=', current.id)
    .limit(1)
    .executeTakeFirst();
  if (pool) throw errors.addressScope.inUse({ id: current.id, pool: pool.id });
  deleteRow(tx, addressScope, current);
  forgetSharing(tx, 'address_scope', current.id);
}

export const addressScopeOperations: OperationsOn<typeof addressScope> = {
  load: async (_db, rows) => rows.map((row) => fromRow(addressScope, row)),
  sharedAs: 'address_scope',
  visible: (projectId) => [
    (builder) => builder('address_scopes.id', 'in', sharedWith(builder, 'address_scope', projectId)),
  ],
  create,
  update,
  delete: remove,
};
