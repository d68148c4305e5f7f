/** Instances: create, update, delete. Nothing of them is in the engine; the metadata service reads them when asked. */
import type { Kysely } from 'kysely';
import type { Context } from '../context.ts';
import { newId } from '../new-id.ts';
import { deleteRow, fromRow, insertRow, newborn, slices, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import type { InstanceRow, Tables, Tx } from '../tables.ts';
import { type Instance, type InstanceCreate, type InstanceUpdate, instance } from './definition.ts';
import { commentOf } from './ssh-public-key.ts';
import { checkUserData } from './user-data.ts';

/**
 * Ports whose device_id is the instance's id are its only within its project: anybody may write any device_id, and
 * whoever has the port reads the user data.
 */
async function load(db: Kysely<Tables>, rows: InstanceRow[]): Promise<Instance[]> {
  const ports = new Map<string, string[]>();
  for (const ids of slices(rows.map(({ id }) => id))) {
    const found = await db
      .selectFrom('ports')
      .innerJoin('instances', 'instances.id', 'ports.device_id')
      .select(['ports.id', 'ports.device_id'])
      .where('instances.id', 'in', ids)
      .whereRef('instances.project_id', '=', 'ports.project_id')
      .orderBy('ports.created_at')
      .orderBy('ports.id')
      .execute();
    for (const { id, device_id } of found) {
      const list = ports.get(device_id);
      if (list) list.push(id);
      else ports.set(device_id, [id]);
    }
  }
  return rows.map((row) => ({ ...fromRow(instance, row), ports: ports.get(row.id) ?? [] }));
}

/** Every key has a name of its own, by which the instance knows it. */
function named(keys: Instance['public_keys']): Instance['public_keys'] {
  const taken = new Set<string>();
  return keys.map(({ key, name: wish }, index) => {
    const wanted = wish || commentOf(key).slice(0, 240) || `key-${index + 1}`;
    let name = wanted;
    for (let number = 2; taken.has(name); number++) name = `${wanted} (${number})`;
    taken.add(name);
    return { name, key };
  });
}

async function create(tx: Tx, context: Context, request: InstanceCreate): Promise<Instance> {
  checkUserData(request.user_data, request.user_data_encoding);
  const projectId = request.project_id ?? context.projectId;
  const stored = {
    ...request,
    ...newborn(),
    id: newId(),
    project_id: projectId,
    tenant_id: projectId,
    public_keys: named(request.public_keys),
  };
  insertRow(tx, instance, stored);
  return { ...stored, ports: [] };
}

async function update(
  tx: Tx,
  _context: Context,
  current: Instance,
  changes: InstanceUpdate,
): Promise<Instance> {
  const given = {
    ...changes,
    ...(changes.public_keys && { public_keys: named(changes.public_keys) }),
  };
  const next = { ...current, ...(given as Partial<Instance>) };
  checkUserData(next.user_data, next.user_data_encoding);
  return { ...next, ...updateRow(tx, instance, current, given) };
}

/** Its ports stay, and their instances are told what the ports alone say: a machine may outlive its description. */
async function remove(tx: Tx, _context: Context, current: Instance): Promise<void> {
  deleteRow(tx, instance, current);
}

export const instanceOperations: OperationsOn<typeof instance> = {
  load,
  create,
  update,
  delete: remove,
};
