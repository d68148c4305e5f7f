/** Address groups: create, update, delete, and addresses that come and go. */

import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { object } from '../definition/attribute-types.ts';
import { newId } from '../new-id.ts';
import { userWithout } from '../rbac-policy/users.ts';
import { deleteRow, findRow, fromRow, insertRow, newborn, recordChange, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { forgetSharing, mayUse, sharedWith, shareWithAll, stopSharing } from '../sharing.ts';
import type { AddressGroupRow, Tables, Tx } from '../tables.ts';
import { addressesOfGroups, deleteAddresses, insertAddresses, present } from './addresses.ts';
import {
  type AddressGroup,
  type AddressGroupCreate,
  type AddressGroupUpdate,
  addressGroup,
  addressList,
  MOST_ADDRESSES,
} from './definition.ts';

async function load(db: Kysely<Tables>, rows: AddressGroupRow[]): Promise<AddressGroup[]> {
  const addresses = await addressesOfGroups(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({ ...fromRow(addressGroup, row), addresses: addresses.get(row.id) ?? [] }));
}

async function create(tx: Tx, context: Context, request: AddressGroupCreate): Promise<AddressGroup> {
  const { project_id: projectId = context.projectId, tenant_id: _, addresses, ...rest } = request;
  const group = { ...rest, ...newborn(), id: newId(), project_id: projectId, tenant_id: projectId };
  insertRow(tx, addressGroup, group);
  if (group.shared) shareWithAll(tx, { ...group, kind: 'address_group' }, 'access_as_shared');
  await insertAddresses(tx, group.id, addresses);
  return { ...group, addresses };
}

async function update(
  tx: Tx,
  _context: Context,
  current: AddressGroup,
  changes: AddressGroupUpdate,
): Promise<AddressGroup> {
  if (changes.shared !== undefined && changes.shared !== current.shared)
    await changeSharing(tx, current, changes.shared);
  const moved = updateRow(tx, addressGroup, current, changes);
  return { ...current, ...(changes as Partial<AddressGroup>), ...moved };
}

async function remove(tx: Tx, _context: Context, current: AddressGroup): Promise<void> {
  await checkUnused(tx, current);
  deleteRow(tx, addressGroup, current);
  forgetSharing(tx, 'address_group', current.id);
}

/** @throws RequestError 409 when rules of others name a group that is not to be shared any more */
async function changeSharing(tx: Tx, current: AddressGroup, shared: boolean): Promise<void> {
  const thing = { ...current, kind: 'address_group' } as const;
  if (shared) return shareWithAll(tx, thing, 'access_as_shared');
  stopSharing(tx, thing, 'access_as_shared');
  const project = await userWithout(tx, thing, 'access_as_shared');
  if (project !== undefined) await checkUnused(tx, current, project);
}

/**
 * @param projectId whose rules are looked at; everybody's when left out
 * @throws RequestError 409 when a rule names the group
 */
async function checkUnused(tx: Tx, { id }: AddressGroup, projectId?: string): Promise<void> {
  let rules = tx.db.selectFrom('security_group_rules').select('id').where('remote_address_group_id', '=', id);
  if (projectId !== undefined) rules = rules.where('project_id', '=', projectId);
  const rule = await rules.executeTakeFirst();
  if (rule === undefined) return;
  throw errors.addressGroup.inUse({ id, rule: rule.id });
}

const requestBody = object({ addresses: addressList }, {});

/** `PUT /v2.0/address-groups/ID/add_addresses` */
async function addAddresses(
  tx: Tx,
  _context: Context,
  current: AddressGroup,
  body: unknown,
): Promise<object> {
  const { addresses } = requestBody.parse(body, 'body');
  const known = await present(tx, current.id, addresses);
  if (known.size > 0) {
    throw errors.addressGroup.addressesExist({ addresses: [...known], id: current.id });
  }
  const count = current.addresses.length + addresses.length;
  if (count > MOST_ADDRESSES)
    throw errors.addressGroup.tooManyAddresses({ id: current.id, count, maximum: MOST_ADDRESSES });
  await insertAddresses(tx, current.id, addresses);
  return changed(tx, current, addresses, [...current.addresses, ...addresses].sort());
}

/** `PUT /v2.0/address-groups/ID/remove_addresses` */
async function removeAddresses(
  tx: Tx,
  _context: Context,
  current: AddressGroup,
  body: unknown,
): Promise<object> {
  const { addresses } = requestBody.parse(body, 'body');
  const known = await present(tx, current.id, addresses);
  const unknown = addresses.filter((address) => !known.has(address));
  if (unknown.length > 0) {
    throw errors.addressGroup.addressesNotFound({ addresses: unknown, id: current.id });
  }
  await deleteAddresses(tx, current.id, addresses);
  return changed(
    tx,
    current,
    addresses,
    current.addresses.filter((address) => !known.has(address)),
  );
}

/** Most addresses that the journal names: of more, whoever follows it looks at the group. */
const MOST_NAMED = 100;

/** @param members those of `addresses` that came, or that left */
function changed(tx: Tx, current: AddressGroup, members: readonly string[], addresses: string[]): object {
  const moved = updateRow(tx, addressGroup, current, {}, {}, members.length > 0 ? ['addresses'] : []);
  if (members.length > 0 && members.length <= MOST_NAMED)
    recordChange(tx, addressGroup, current, ['addresses'], { members });
  return { address_group: { ...current, addresses, ...moved } };
}

/** @throws RequestError 404 for a group that the caller may not name in a rule */
export async function requireAddressGroup(tx: Tx, context: Context, id: string): Promise<void> {
  const row = await findRow(tx.db, 'address_groups', id);
  if (!row || !(await mayUse(tx.db, 'address_group', row, context)))
    throw errors.notFound.address_group({ id });
}

export const addressGroupOperations: OperationsOn<typeof addressGroup> = {
  load,
  sharedAs: 'address_group',
  visible: (projectId) => [
    (builder) => builder('address_groups.id', 'in', sharedWith(builder, 'address_group', projectId)),
  ],
  create,
  update,
  delete: remove,
  actions: { add_addresses: addAddresses, remove_addresses: removeAddresses },
};
