/** What the QoS policies of floating IPs are made from. */
import type { Kysely } from 'kysely';
import { type QosRuleRow, ROUTER_GATEWAY, type Tables } from '../../../resources/index.ts';
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
    .innerJoin('ports as outer', (join) =>
      join
        .onRef('outer.device_id', '=', 'floatingips.router_id')
        .onRef('outer.network_id', '=', 'floating_network_id')
        .on('outer.device_owner', '=', ROUTER_GATEWAY),
    )
    .select(['floatingips.id', 'floating_ip_address', 'floating_network_id'])
    .select(['floatingips.qos_policy_id', 'outer.id as gatewayPortId'])
    .where('floatingips.id', 'in', ids)
    .where('floatingips.qos_policy_id', 'is not', null)
    .orderBy('floatingips.id')
    .execute();
  const rules = await readQosRules(
    db,
    rows.flatMap(({ qos_policy_id }) => qos_policy_id ?? []),
  );
  return rows.map(({ id, gatewayPortId, ...row }) => ({
    id,
    address: row.floating_ip_address,
    networkId: row.floating_network_id,
    gatewayPortId,
    rules: rules.get(row.qos_policy_id ?? '') ?? [],
  }));
}
