/**
 * Prefixes that a router advertised and no longer does. Instances would go on with addresses that lead nowhere, so
 * they are told to give the prefix up (RFC 9096): for two hours, which is how long they may hold on to it after
 * having heard so (RFC 4862 section 5.5.3 e).
 */
import { Address, Prefix } from '../../addressing/index.ts';
import { network } from '../network/definition.ts';
import type { Port } from '../port/definition.ts';
import { recordChange, timestamp } from '../repository.ts';
import { findSubnet } from '../subnet/rows.ts';
import { isUndelegated } from '../subnet/undelegated.ts';
import type { Tx } from '../tables.ts';

const HOURS_MS = 2 * 3600 * 1000;

/**
 * Notes the prefixes that the router's port advertises, of one subnet or of all, before it loses them.
 * @returns whether there were any
 */
export async function retirePrefixes(tx: Tx, port: Port, subnetId: string | undefined): Promise<boolean> {
  let found = false;
  const network_id = port.network_id;
  for (const { subnet_id } of port.fixed_ips) {
    if (subnetId !== undefined && subnet_id !== subnetId) continue;
    const subnet = await findSubnet(tx.db, subnet_id ?? '');
    if (!subnet || subnet.ipv6_ra_mode === null || !isGateway(port, subnet.gateway_ip)) continue;
    // A provider has delegated none: nothing was advertised.
    if (isUndelegated(subnet)) continue;
    await retirePrefix(tx, network_id, Prefix.parse(subnet.cidr));
    found = true;
  }
  return found;
}

/** Notes that a prefix is advertised on a network no more. */
export async function retirePrefix(tx: Tx, networkId: string, prefix: Prefix): Promise<void> {
  const now = new Date();
  const expires_at = timestamp(new Date(now.getTime() + HOURS_MS));
  await tx.db
    .deleteFrom('retired_prefixes')
    .where('network_id', '=', networkId)
    .where('expires_at', '<', timestamp(now))
    .execute();
  await tx.db
    .insertInto('retired_prefixes')
    .values({ network_id: networkId, prefix: prefix.toString(), expires_at })
    .onConflict((conflict) => conflict.columns(['network_id', 'prefix']).doUpdateSet({ expires_at }))
    .execute();
  recordChange(tx, network, { id: networkId }, ['retired_prefixes']);
}

/** A router with another address than the subnet's gateway is a guest there, and advertises nothing. */
const isGateway = (port: Port, gateway: string | null): boolean =>
  gateway === null ||
  Address.parse(gateway).isLinkLocal ||
  port.fixed_ips.some(({ ip_address }) => ip_address === gateway);
