/** How instances are plugged in, and whether their host takes them. */
import type { Kysely } from 'kysely';
import { hostStates, type Taking } from '../agent/host-states.ts';
import type { Settings } from '../context.ts';
import { recordChange } from '../repository.ts';
import type { Tables, Tx } from '../tables.ts';
import { type Port, port } from './definition.ts';
import { type HardwareTraits, hardwarePlugging, isHardware, isMachine, segmentsOf } from './hardware.ts';

type Bound = Pick<Port, 'binding:host_id' | 'network_id'> & HardwareTraits;
type HowPlugged = Pick<Port, 'binding:vif_type' | 'binding:vif_details'>;

/** What is known of the hosts that ports are bound to, or are to be. */
export interface Hosts {
  /** Why a port that comes to its host is not taken by it; undefined when it is, and for one without a host. */
  refusal(record: Bound): string | undefined;
  /** How a port is plugged in by a host that takes it. */
  taken(record: Bound): HowPlugged;
  /**
   * The attributes that say how to plug an instance in.
   * @param isRefused whether its host took no more when it was bound
   */
  plugging(record: Bound, isRefused: boolean): HowPlugged;
}

/** Whether a port's binding has failed, as it was loaded. */
export const isRefused = (loaded: Pick<Port, 'binding:vif_type'>): boolean =>
  loaded['binding:vif_type'] === 'binding_failed';

/** Looks up the hosts of ports: nothing, where there are none to look for. */
export async function hostsOf(
  db: Kysely<Tables>,
  records: readonly Bound[],
  { instanceBridge, knowsHosts }: Settings,
): Promise<Hosts> {
  const names = new Set(records.map((record) => record['binding:host_id']).filter((name) => name !== ''));
  const states = knowsHosts && names.size > 0 ? await hostStates(db, names) : undefined;
  const segments = await segmentsOf(db, records);
  const details = {
    bridge_name: instanceBridge,
    connectivity: 'l2',
    port_filter: true,
    ovs_hybrid_plug: false,
    datapath_type: 'system',
  };
  const failed = (reason: string) => ({
    'binding:vif_type': 'binding_failed' as const,
    'binding:vif_details': { reason },
  });
  const bySwitch = { 'binding:vif_type': 'ovs' as const, 'binding:vif_details': details };
  const taken = (record: Bound): HowPlugged =>
    isHardware(record) ? hardwarePlugging(record, segments.get(record.network_id)) : bySwitch;
  const refusal = (record: Bound, isNew: boolean): string | undefined => {
    const { 'binding:host_id': host } = record;
    return host === '' || isMachine(record) ? undefined : refusalOf(host, states, isNew);
  };
  return {
    refusal: (record) => refusal(record, true),
    taken,
    plugging(record, isRefused) {
      const reason = refusal(record, isRefused);
      if (reason !== undefined) return failed(reason);
      const bound = taken(record);
      return record['binding:host_id'] === '' ? { ...bound, 'binding:vif_type': 'unbound' } : bound;
    },
  };
}

/**
 * Pure.
 * @param isNew whether the port comes to the host, or came while that took no more: a host keeps what it has
 */
function refusalOf(
  host: string,
  states: ReadonlyMap<string, Taking> | undefined,
  isNew: boolean,
): string | undefined {
  if (states === undefined) return undefined;
  const state = states.get(host);
  if (state === undefined) return `there is no host ${host}`;
  return isNew && state === 'drained'
    ? `host ${host} is drained: it takes nothing new until "sextant host undrain ${host}"`
    : undefined;
}

/** Notes of ports that their hosts took no more when they were bound. */
export function noteRefused(tx: Tx, portIds: readonly string[]): void {
  if (portIds.length === 0) return;
  tx.send(tx.db.updateTable('ports').set({ binding_refused: 1 }).where('id', 'in', portIds));
}

/** Has a host take the ports that it refused. */
export async function takeRefused(tx: Tx, hosts: readonly string[]): Promise<void> {
  const waiting = await tx.db
    .selectFrom('ports')
    .select(['id', 'network_id', 'device_id', 'device_owner'])
    .where('binding_host_id', 'in', hosts)
    .where('binding_refused', '=', 1)
    .execute();
  if (waiting.length === 0) return;
  tx.send(tx.db.updateTable('ports').set({ binding_refused: 0 }).where('binding_host_id', 'in', hosts));
  for (const one of waiting) recordChange(tx, port, one, ['binding_refused']);
}
