/**
 * All bindings of a port (Neutron's `binding-extended`): the active one is what its own attributes say; the others are
 * to hosts that its instance may move to. The port works on all of them from the moment that they are there.
 */
import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { nullable, object, text } from '../definition/attribute-types.ts';
import { recordChange, sendRows, updateRow, type Values } from '../repository.ts';
import type { Nested } from '../resource.ts';
import type { PortBindingRow, Tables, Tx } from '../tables.ts';
import { hostsOf } from './binding.ts';
import { port as definition, type Port } from './definition.ts';

const { 'binding:vnic_type': vnicType, 'binding:profile': profile } = definition.attributes;
const { type: vifDetails } = definition.attributes['binding:vif_details'];
const { type: vifType } = definition.attributes['binding:vif_type'];

const changeable = { vnic_type: vnicType.type, profile: nullable(profile.type) };
// Whose it is, the port says.
const request = object({ host: text(255) }, { ...changeable, project_id: text(255) });
const creation = object({ binding: request }, {});
const change = object({ binding: object({}, { ...changeable, host: text(255) }) }, {});

/** In the API's words. */
const [ACTIVE, INACTIVE] = ['ACTIVE', 'INACTIVE'];

/** @throws RequestError 403: where instances are is no project's business */
function requireAdmin(context: Context, verb: string): void {
  if (!context.isAdmin) throw errors.request.forAdmins({ verb, resource: 'port_binding' });
}

/** @throws RequestError 400 for a port that is no instance's */
function requireCompute({ id, device_owner: owner }: Port): void {
  if (!owner.startsWith('compute:')) throw errors.port.notOfCompute({ id });
}

/** The bindings of a port beside the active one. */
const furtherOf = (db: Kysely<Tables>, { id }: Port): Promise<PortBindingRow[]> =>
  db.selectFrom('port_bindings').selectAll().where('port_id', '=', id).orderBy('host').execute();

const activeOf = (port: Port): Values => ({
  host: port['binding:host_id'],
  status: ACTIVE,
  vif_type: port['binding:vif_type'],
  vif_details: port['binding:vif_details'],
  vnic_type: port['binding:vnic_type'],
  profile: port['binding:profile'],
});

/** What a port is once a further binding of it is active. */
const activated = (
  { network_id }: Port,
  { host, vnic_type, profile: json }: Pick<PortBindingRow, 'host' | 'vnic_type' | 'profile'>,
) => ({
  network_id,
  'binding:host_id': host,
  'binding:vnic_type': vnic_type as Port['binding:vnic_type'],
  'binding:profile': JSON.parse(json) as Port['binding:profile'],
});

/** Further bindings of a port as they are told. */
async function shown(
  db: Kysely<Tables>,
  { settings }: Context,
  port: Port,
  rows: readonly PortBindingRow[],
): Promise<Values[]> {
  const ports = rows.map((row) => activated(port, row));
  const hosts = await hostsOf(db, ports, settings);
  return rows.map(({ host, vif_type: state, vnic_type, profile: json }, index) => {
    const how = hosts.taken(ports[index]!);
    return {
      host,
      status: INACTIVE,
      vif_type: state === 'unbound' ? state : how['binding:vif_type'],
      vif_details: state === 'unbound' ? {} : how['binding:vif_details'],
      vnic_type,
      profile: JSON.parse(json),
    };
  });
}

async function shownOne(
  db: Kysely<Tables>,
  context: Context,
  port: Port,
  row: PortBindingRow,
): Promise<Values> {
  const [one] = await shown(db, context, port, [row]);
  return one!;
}

/** @throws RequestError 404 */
async function find(db: Kysely<Tables>, port: Port, host: string): Promise<PortBindingRow> {
  const row = (await furtherOf(db, port)).find((one) => one.host === host);
  if (row === undefined) throw errors.port.noBinding({ id: port.id, host });
  return row;
}

/** @throws RequestError 409 for a host that cannot have the port */
async function requireBindable(tx: Tx, context: Context, port: Port, host: string): Promise<void> {
  const bound = { ...port, 'binding:host_id': host };
  const reason = (await hostsOf(tx.db, [bound], context.settings)).refusal(bound);
  if (reason !== undefined) throw errors.port.notBindable({ id: port.id, host, reason });
}

async function list(db: Kysely<Tables>, context: Context, port: Port): Promise<Values[]> {
  requireAdmin(context, 'get');
  requireCompute(port);
  return [activeOf(port), ...(await shown(db, context, port, await furtherOf(db, port)))];
}

async function show(db: Kysely<Tables>, context: Context, port: Port, host: string): Promise<Values> {
  requireAdmin(context, 'get');
  requireCompute(port);
  if (host === port['binding:host_id']) return activeOf(port);
  return shownOne(db, context, port, await find(db, port, host));
}

async function create(tx: Tx, context: Context, port: Port, body: unknown): Promise<Values> {
  requireAdmin(context, 'create');
  requireCompute(port);
  const { host, vnic_type = vnicType.default, profile } = creation.parse(body, 'body').binding;
  const there = [port['binding:host_id'], ...(await furtherOf(tx.db, port)).map((one) => one.host)];
  if (there.includes(host)) throw errors.port.bindingExists({ id: port.id, host });
  await requireBindable(tx, context, port, host);
  const row = {
    port_id: port.id,
    host,
    vif_type: 'ovs' as const,
    vnic_type,
    profile: JSON.stringify(profile ?? {}),
  };
  sendRows(tx, 'port_bindings', [row]);
  recordChange(tx, definition, port, ['further_hosts']);
  return shownOne(tx.db, context, port, row);
}

async function update(tx: Tx, context: Context, port: Port, host: string, body: unknown): Promise<Values> {
  requireAdmin(context, 'update');
  requireCompute(port);
  const { vnic_type, profile } = change.parse(body, 'body').binding;
  if (host === port['binding:host_id']) {
    const changes = { 'binding:vnic_type': vnic_type, 'binding:profile': profile ?? undefined };
    updateRow(tx, definition, port, changes);
    const given = Object.entries({ vnic_type, profile }).filter(([, value]) => value != null);
    return { ...activeOf(port), ...Object.fromEntries(given) };
  }
  const row = await find(tx.db, port, host);
  const next = {
    ...row,
    vnic_type: vnic_type ?? row.vnic_type,
    profile: profile == null ? row.profile : JSON.stringify(profile),
  };
  tx.send(
    tx.db
      .updateTable('port_bindings')
      .set({ vnic_type: next.vnic_type, profile: next.profile })
      .where('port_id', '=', port.id)
      .where('host', '=', host),
  );
  return shownOne(tx.db, context, port, next);
}

/** A port has one binding to a host. */
export function dropFurther(tx: Tx, { id }: Pick<Port, 'id'>, host: string): void {
  tx.send(tx.db.deleteFrom('port_bindings').where('port_id', '=', id).where('host', '=', host));
}

async function remove(tx: Tx, context: Context, port: Port, host: string): Promise<void> {
  requireAdmin(context, 'delete');
  requireCompute(port);
  if (host === port['binding:host_id'] && host !== '') {
    updateRow(tx, definition, port, { 'binding:host_id': '' });
    return;
  }
  await find(tx.db, port, host);
  dropFurther(tx, port, host);
  recordChange(tx, definition, port, ['further_hosts']);
}

/** Has the port's instance be on this host from now on; the host that it was on has the binding that this one had. */
async function activate(tx: Tx, context: Context, port: Port, host: string): Promise<Values> {
  requireAdmin(context, 'activate');
  requireCompute(port);
  const former = port['binding:host_id'];
  if (host === former) throw errors.port.bindingActive({ id: port.id, host });
  const row = await find(tx.db, port, host);
  await requireBindable(tx, context, port, host);
  dropFurther(tx, port, host);
  if (former !== '') {
    sendRows(tx, 'port_bindings', [
      {
        port_id: port.id,
        host: former,
        vif_type: 'unbound',
        vnic_type: port['binding:vnic_type'],
        profile: JSON.stringify(port['binding:profile']),
      },
    ]);
  }
  const { network_id: _, ...changes } = activated(port, row);
  updateRow(tx, definition, port, changes, { binding_refused: 0 });
  const next = { ...port, ...changes };
  const hosts = await hostsOf(tx.db, [next], context.settings);
  return activeOf({ ...next, ...hosts.plugging(next, false) });
}

const schema = {
  type: 'object',
  properties: {
    host: { type: 'string', description: 'The host.' },
    status: { type: 'string', enum: [ACTIVE, INACTIVE], description: 'Whether the instance is there.' },
    vif_type: { ...vifType.schema, description: 'What plugs it.' },
    vif_details: { ...vifDetails.schema, description: 'How to plug it.' },
    vnic_type: vnicType.type.schema,
    profile: profile.type.schema,
  },
};

export const bindings: Nested<Port> = {
  policy: 'port_binding',
  name: 'binding',
  collection: 'bindings',
  key: 'The host.',
  schema,
  request: request.schema,
  filters: ['host', 'status', 'vif_type', 'vnic_type'],
  list,
  show,
  create,
  update,
  delete: remove,
  actions: { activate },
};
