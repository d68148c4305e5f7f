/** Who may have a QoS policy: networks, and ports of instances that the switch of a host serves. */
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import type { Network } from '../network/definition.ts';
import type { PortCreate } from '../port/definition.ts';
import { isHardware } from '../port/hardware.ts';
import { ROUTER_GATEWAY } from '../port/owners.ts';
import { findRow } from '../repository.ts';
import { mayUse } from '../sharing.ts';
import type { Tx } from '../tables.ts';

/** @throws RequestError 404 for a policy that the caller may not use */
export async function requireQosPolicy(
  tx: Tx,
  context: Context,
  id: string | null | undefined,
): Promise<void> {
  if (id === null || id === undefined) return;
  const row = await findRow(tx.db, 'policies', id);
  if (!row || !(await mayUse(tx.db, 'qos_policy', row, context))) throw errors.notFound.policy({ id });
}

/** What is limited where it passes a gateway. */
type AtGateway = 'floatingip' | 'router';

/**
 * As {@link requireQosPolicy}, for what the guard does not see: a limit of packets would not hold.
 * @param user its id
 * @throws RequestError 404 for a policy that the caller may not use, 409 for one that limits packets
 */
export async function requirePolicyAtGateway(
  tx: Tx,
  context: Context,
  id: string | null | undefined,
  kind: AtGateway,
  user = 'to be made',
): Promise<void> {
  await requireQosPolicy(tx, context, id);
  if (id === null || id === undefined) return;
  const rule = await tx.db
    .selectFrom('qos_rules')
    .select('id')
    .where('policy_id', '=', id)
    .where('kind', '=', 'packet_rate_limit')
    .executeTakeFirst();
  if (rule) throw errors.qosPolicy.packetsOfPorts({ id, kind, user });
}

/** @throws RequestError 409 when what the guard does not see has the policy */
export async function requireOffGateways(tx: Tx, id: string): Promise<void> {
  const floatingIp = await tx.db
    .selectFrom('floatingips')
    .select('id')
    .where('qos_policy_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  if (floatingIp) throw errors.qosPolicy.packetsOfPorts({ id, kind: 'floatingip', user: floatingIp.id });
  const gateway = await tx.db
    .selectFrom('ports')
    .select('device_id')
    .where('qos_policy_id', '=', id)
    .where('device_owner', '=', ROUTER_GATEWAY)
    .limit(1)
    .executeTakeFirst();
  if (gateway) throw errors.qosPolicy.packetsOfPorts({ id, kind: 'router', user: gateway.device_id });
}

/** A port as far as its policy goes. */
interface Limited {
  readonly id?: string | undefined;
  readonly qos_policy_id?: string | null | undefined;
  readonly device_owner?: string | undefined;
  readonly 'binding:vnic_type'?: PortCreate['binding:vnic_type'] | undefined;
  readonly 'binding:profile'?: PortCreate['binding:profile'] | undefined;
}

/**
 * @param network the policy of the port's network
 * @throws RequestError 409 for a port whose packets no switch of a host limits
 */
export function checkLimited(port: Limited, network: string | null): void {
  const isRouters = port.device_owner?.startsWith('network:') ?? false;
  const past = isHardware({
    'binding:vnic_type': port['binding:vnic_type'] ?? 'normal',
    'binding:profile': port['binding:profile'] ?? {},
  });
  const own = port.qos_policy_id ?? null;
  if ((own !== null && (isRouters || past)) || (network !== null && past))
    throw errors.qosPolicy.notOnPort({ port: port.id ?? 'to be made' });
}

/** The policy of a new network: that which it names, or its project's default one. */
export async function policyForNetwork(
  tx: Tx,
  context: Context,
  { qos_policy_id: named, 'router:external': isExternal }: Pick<Network, 'qos_policy_id' | 'router:external'>,
  projectId: string,
): Promise<string | null> {
  await requireQosPolicy(tx, context, named);
  if (named !== null || isExternal) return named;
  const usual = await tx.db
    .selectFrom('policies')
    .select('id')
    .where('project_id', '=', projectId)
    .where('is_default', '=', 1)
    .executeTakeFirst();
  return usual?.id ?? null;
}

/** @throws RequestError 409 for a network with ports whose packets no switch of a host limits */
export async function requireLimitable(tx: Tx, networkId: string, policy: string | null): Promise<void> {
  if (policy === null) return;
  const ports = await tx.db
    .selectFrom('ports')
    .select(['id', 'binding_vnic_type', 'binding_profile'])
    .where('network_id', '=', networkId)
    .where('binding_vnic_type', '!=', 'normal')
    .execute();
  for (const { id, binding_vnic_type, binding_profile } of ports) {
    const profile = JSON.parse(binding_profile) as PortCreate['binding:profile'];
    const bound = { 'binding:vnic_type': binding_vnic_type, 'binding:profile': profile };
    checkLimited({ id, ...bound }, policy);
  }
}
