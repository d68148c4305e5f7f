/**
 * The rows of a router that lets in nothing but answers. What is an answer, the hosts of instances find out; they are to
 * be sure of where a packet comes from, and do not see by which address it was sent. Pure.
 */
import type { PlannedRow } from '../../reconciler/plan.ts';
import { aclLogging } from '../acls/logging.ts';
import { STRICT_DROP_PRIORITY } from '../acls/priorities.ts';
import { egressOnlyGroupName, egressOnlyGroupRef, key, routerPortSet } from '../names.ts';
import { FORGED, once, routerPolicy } from '../router-policy.ts';
import { insideOf } from './inside.ts';
import type { EgressOnlySource } from './read.ts';

/** The group of the router's gateways, which are its members by themselves; and what does not come in past them. */
export function planEgressOnly(source: EgressOnlySource): PlannedRow[] {
  return [
    { table: 'Port_Group', key: key.group, columns: { name: egressOnlyGroupName(source.id) } },
    ...forged(source),
    ...unexposed(source),
  ];
}

/** Whoever is outside is not from behind the router. Of its subnets the router's own checks say so. */
const forged = ({ id, inside, gateways }: EgressOnlySource): PlannedRow[] =>
  gateways.length === 0
    ? []
    : once(
        insideOf(inside).beyond.map((prefix) =>
          routerPolicy(id, FORGED, `inport == ${routerPortSet(gateways)} && ip6.src == ${prefix}`, 'drop'),
        ),
      );

/** What is known outside by a floating IP is reached by that alone: past the router the two cannot be told apart. */
const unexposed = ({ id, exposed }: EgressOnlySource): PlannedRow[] =>
  exposed.length === 0
    ? []
    : [
        {
          table: 'ACL',
          key: 'exposed',
          columns: {
            priority: STRICT_DROP_PRIORITY,
            direction: 'to-lport',
            match: `outport == @${egressOnlyGroupName(id)} && ip6.dst == {${exposed.join(', ')}}`,
            action: 'drop',
            ...aclLogging(undefined),
          },
          parent: egressOnlyGroupRef(id),
        },
      ];
