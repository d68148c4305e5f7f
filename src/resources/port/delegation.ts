/** Prefixes that are delegated to instances: whose they are. */
import { Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Tx } from '../tables.ts';

/** The ports of a network that have prefixes delegated to them. */
const delegatingPorts = (tx: Tx, networkId: string) =>
  tx.db
    .selectFrom('ports')
    .select(['id', 'delegated_prefixes'])
    .where('network_id', '=', networkId)
    .where('delegated_prefixes', '!=', '[]')
    .execute();

/**
 * Makes sure that nobody else on the network has a prefix or part of it: routers of the network lead it to one port.
 * @param portId the port that it is for; undefined for one that is being made
 * @throws RequestError 409 that names who has it
 */
export async function checkDelegations(
  tx: Tx,
  networkId: string,
  portId: string | undefined,
  prefixes: readonly string[],
): Promise<void> {
  if (prefixes.length === 0) return;
  const subnets = await tx.db
    .selectFrom('subnets')
    .select(['id', 'cidr'])
    .where('network_id', '=', networkId)
    .execute();
  const taken = [
    ...subnets.map(({ id, cidr }) => ({ holder: `subnet ${id}`, prefix: Prefix.parse(cidr) })),
    ...(await delegatingPorts(tx, networkId))
      .filter(({ id }) => id !== portId)
      .flatMap(({ id, delegated_prefixes: texts }) =>
        (JSON.parse(texts) as string[]).map((text) => ({ holder: `port ${id}`, prefix: Prefix.parse(text) })),
      ),
  ];
  for (const wanted of prefixes.map((text) => Prefix.parse(text))) {
    const other = taken.find(({ prefix }) => prefix.overlaps(wanted));
    if (other === undefined) continue;
    throw errors.port.delegatedInUse({ prefix: wanted, other: other.prefix, holder: other.holder });
  }
}
