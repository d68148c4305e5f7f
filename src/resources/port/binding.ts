/** How instances are plugged in, and whether their host takes them. */
import type { Kysely } from 'kysely';
import { type HostReadiness, hostStates } from '../agent/host-states.ts';
import type { Settings } from '../context.ts';
import { fromRow, recordChange, slices } from '../repository.ts';
import type { Tables, Tx } from '../tables.ts';
import { type Port, port } from './definition.ts';
import {
  type CableSegment,
  type HardwareTraits,
  hardwarePlugging,
  isHardware,
  isMachine,
  segmentsOf,
} from './hardware.ts';

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
   * @param isRefused whether its host did not take it when it was bound
   */
  plugging(record: Bound, isRefused: boolean): HowPlugged;
}

/** Whether a port's binding has failed, as it was loaded. */
export const isRefused = (loaded: Pick<Port, 'binding:vif_type'>): boolean =>
  loaded['binding:vif_type'] === 'binding_failed';

/**
 * Looks up the hosts of ports: nothing, where there are none to look for.
 * @param asked those of the ports that may be refused: all that come to a host, and those that were
 */
export async function hostsOf(
  db: Kysely<Tables>,
  records: readonly Bound[],
  { instanceBridge, knowsHosts, hearsSince }: Settings,
  asked: readonly Bound[] = records,
): Promise<Hosts> {
  const names = new Set(records.map((record) => record['binding:host_id']).filter((name) => name !== ''));
  const states = knowsHosts && names.size > 0 ? await hostStates(db, names, hearsSince) : undefined;
  const segments = await segmentsOf(db, [
    ...records.filter(isHardware),
    ...(states === undefined ? [] : asked.filter((one) => one['binding:host_id'] !== '')),
  ]);
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
  const refusal = (record: Bound, isNew: boolean): string | undefined =>
    states && refusalOf(record, { states, segments }, isNew);
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

interface KnownHosts {
  readonly states: ReadonlyMap<string, HostReadiness>;
  readonly segments: ReadonlyMap<string, CableSegment>;
}

/**
 * Pure.
 * @param isNew whether the port comes to the host, or came when that did not take it: a host keeps what it has
 */
function refusalOf(record: Bound, { states, segments }: KnownHosts, isNew: boolean): string | undefined {
  const { 'binding:host_id': host } = record;
  if (host === '' || isMachine(record)) return undefined;
  const state = states.get(host);
  if (state === undefined) return `there is no host ${host}`;
  if (!isNew) return undefined;
  if (!state.isEnabled)
    return `host ${host} is drained: it takes nothing new until "sextant host undrain ${host}"`;
  if (!state.isAlive) return `host ${host} is down: nothing has been heard of it lately`;
  const physicalNetwork = segments.get(record.network_id)?.provider_physical_network ?? undefined;
  if (physicalNetwork === undefined || state.reaches?.includes(physicalNetwork) !== false) return undefined;
  return `host ${host} does not reach ${physicalNetwork}: give it a bridge for it, or choose another host`;
}

/** Notes of ports that their hosts did not take when they were bound. */
export function noteRefused(tx: Tx, portIds: readonly string[]): void {
  if (portIds.length === 0) return;
  tx.send(tx.db.updateTable('ports').set({ binding_refused: 1 }).where('id', 'in', portIds));
}

/** Has hosts take those of the ports that they refused which they would take by now. */
export async function takeRefused(tx: Tx, hosts: readonly string[]): Promise<void> {
  const rows = await tx.db
    .selectFrom('ports')
    .selectAll()
    .where('binding_host_id', 'in', hosts)
    .where('binding_refused', '=', 1)
    .execute();
  if (rows.length === 0) return;
  const waiting = rows.map((row) => fromRow(port, row));
  const [states, segments] = [await hostStates(tx.db, new Set(hosts)), await segmentsOf(tx.db, waiting)];
  const taken = waiting.filter((one) => refusalOf(one, { states, segments }, true) === undefined);
  for (const ids of slices(taken.map(({ id }) => id)))
    tx.send(tx.db.updateTable('ports').set({ binding_refused: 0 }).where('id', 'in', ids));
  for (const one of taken) recordChange(tx, port, one, ['binding_refused']);
}
