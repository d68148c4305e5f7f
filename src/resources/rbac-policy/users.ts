/** Who uses what is shared, and whether all of them still may. */

import { ROUTER_GATEWAY } from '../port/owners.ts';
import { routersOutOf } from '../router/gateways.ts';
import { EVERYBODY, type SharedAs, type SharedThing, sharingTargetsOf } from '../sharing.ts';
import type { Tx } from '../tables.ts';

/** The projects (`*`: all) that use something that is another project's. Ports of nobody come with what is somebody's. */
async function usersOf(tx: Tx, { kind, id, project_id }: SharedThing, as: SharedAs): Promise<string[]> {
  const { db } = tx;
  const rows = async (query: { execute(): Promise<{ project_id: string }[]> }): Promise<string[]> =>
    (await query.execute()).map((row) => row.project_id);
  const others = (found: readonly string[]) =>
    [...new Set(found)].filter((project) => project !== project_id && project !== '');
  if (as === 'access_as_external') {
    const routers = db.selectFrom('routers').select('project_id').distinct();
    const floating = db.selectFrom('floatingips').select('project_id').distinct();
    return others([
      ...(await rows(routers.where('id', 'in', routersOutOf(db, [id])))),
      ...(await rows(floating.where('floating_network_id', '=', id))),
    ]);
  }
  switch (kind) {
    case 'network':
      return others(
        await rows(db.selectFrom('ports').select('project_id').distinct().where('network_id', '=', id)),
      );
    case 'subnetpool':
      return others([
        ...(await rows(
          db.selectFrom('subnets').select('project_id').distinct().where('subnetpool_id', '=', id),
        )),
        ...(await rows(
          db
            .selectFrom('pool_delegations')
            .innerJoin('ports', 'ports.id', 'pool_delegations.port_id')
            .select('ports.project_id')
            .distinct()
            .where('pool_delegations.subnetpool_id', '=', id),
        )),
      ]);
    case 'address_scope':
      return others([
        ...(await rows(
          db.selectFrom('subnetpools').select('project_id').distinct().where('address_scope_id', '=', id),
        )),
        // Who has a share of a pool has what it means, too.
        ...(await rows(
          db
            .selectFrom('rbac_policies')
            .innerJoin('subnetpools', 'subnetpools.id', 'rbac_policies.object_id')
            .select('rbac_policies.target_tenant as project_id')
            .distinct()
            .where('rbac_policies.object_type', '=', 'subnetpool')
            .where('subnetpools.address_scope_id', '=', id),
        )),
      ]);
    case 'qos_policy':
      return others([
        ...(await rows(
          db.selectFrom('networks').select('project_id').distinct().where('qos_policy_id', '=', id),
        )),
        ...(await rows(
          db.selectFrom('ports').select('project_id').distinct().where('qos_policy_id', '=', id),
        )),
        ...(await rows(
          db.selectFrom('floatingips').select('project_id').distinct().where('qos_policy_id', '=', id),
        )),
        // Gateways are nobody's ports.
        ...(await rows(
          db
            .selectFrom('ports')
            .innerJoin('routers', 'routers.id', 'ports.device_id')
            .select('routers.project_id')
            .distinct()
            .where('ports.device_owner', '=', ROUTER_GATEWAY)
            .where('ports.qos_policy_id', '=', id),
        )),
      ]);
    case 'address_group':
      return others(
        await rows(
          db
            .selectFrom('security_group_rules')
            .select('project_id')
            .distinct()
            .where('remote_address_group_id', '=', id),
        ),
      );
    case 'security_group':
      return others([
        ...(await rows(
          db
            .selectFrom('port_security_groups')
            .innerJoin('ports', 'ports.id', 'port_security_groups.port_id')
            .select('ports.project_id')
            .distinct()
            .where('port_security_groups.security_group_id', '=', id),
        )),
        ...(await rows(
          db
            .selectFrom('security_group_rules')
            .select('project_id')
            .distinct()
            .where('remote_group_id', '=', id),
        )),
      ]);
  }
}

/**
 * A project that uses something which is not shared with it; undefined when there is none.
 * @param tx in which what is shared no more has been taken away
 */
export async function userWithout(tx: Tx, thing: SharedThing, as: SharedAs): Promise<string | undefined> {
  const targets = await sharingTargetsOf(tx, thing, as);
  if (targets.has(EVERYBODY)) return undefined;
  return (await usersOf(tx, thing, as)).find((project) => !targets.has(project));
}
