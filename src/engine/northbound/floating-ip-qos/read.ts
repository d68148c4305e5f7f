/** What the QoS policies of floating IPs are made from. */
import type { Kysely } from 'kysely';
import type { QosRuleRow, Tables } from '../../../resources/index.ts';
import { readQosRules } from '../qos.ts';

/** A floating IP that has a policy, and a router that translates. */
export interface LimitedIpSource {
  readonly id: string;
  readonly address: string;
  readonly networkId: string;
  readonly gatewayPortId: string;
  readonly rules: readonly QosRuleRow[];
}

export async function readLimitedIps(db: Kysely<Tables>, ids: readonly string[]): Promise<LimitedIpSource[]> {
  const rows = await db
    .selectFrom('floatingips')
    .innerJoin('routers', 'routers.id', 'floatingips.router_id')
    .select(['floatingips.id', 'floating_ip_address', 'floating_network_id', 'qos_policy_id'])
    .select('gateway_port_id')
    .where('floatingips.id', 'in', ids)
    .where('qos_policy_id', 'is not', null)
    .orderBy('floatingips.id')
    .execute();
  const rules = await readQosRules(
    db,
    rows.flatMap(({ qos_policy_id }) => qos_policy_id ?? []),
  );
  return rows.flatMap(({ id, gateway_port_id, ...row }) =>
    gateway_port_id === null
      ? []
      : {
          id,
          address: row.floating_ip_address,
          networkId: row.floating_network_id,
          gatewayPortId: gateway_port_id,
          rules: rules.get(row.qos_policy_id ?? '') ?? [],
        },
  );
}
