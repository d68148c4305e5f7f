/** How instances are plugged in. */
import type { Kysely } from 'kysely';
import { hostNames } from '../agent/heartbeat.ts';
import type { Settings } from '../context.ts';
import type { Tables } from '../tables.ts';
import type { Port } from './definition.ts';

type Bound = Pick<Port, 'binding:host_id'>;
type HowPlugged = Pick<Port, 'binding:vif_type' | 'binding:vif_details'>;

/**
 * The attributes that say how to plug instances in, for ports that are to be shown.
 * @param records of ports: it is looked up which of the hosts that they are bound to there are
 */
export async function bindingOf(
  db: Kysely<Tables>,
  records: readonly Bound[],
  { instanceBridge, knowsHosts }: Settings,
): Promise<(record: Bound) => HowPlugged> {
  const isJudged = knowsHosts && records.some((record) => record['binding:host_id'] !== '');
  const hosts = isJudged ? await hostNames(db) : undefined;
  return ({ 'binding:host_id': host }) => ({
    'binding:vif_type': vifType(host, hosts),
    'binding:vif_details': {
      bridge_name: instanceBridge,
      connectivity: 'l2',
      port_filter: true,
      ovs_hybrid_plug: false,
      datapath_type: 'system',
    },
  });
}

/** Pure. */
function vifType(host: string, hosts: ReadonlySet<string> | undefined): Port['binding:vif_type'] {
  if (host === '') return 'unbound';
  return hosts === undefined || hosts.has(host) ? 'ovs' : 'binding_failed';
}
