/** What may be asked of a port, by whom: pure. */

import { LINK_LOCAL, type Prefix, reservedIn } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { NetworkRow } from '../../resources/tables.ts';
import type { Context } from '../context.ts';
import type { LearnedAddress, Port, PortCreate, PortUpdate } from './definition.ts';
import { routerOwners } from './owners.ts';

/** @throws RequestError 403 for what only the network's owner may ask for */
export function checkPolicy(context: Context, network: NetworkRow, request: PortCreate | PortUpdate): void {
  if (context.isAdmin || network.project_id === context.projectId) return;
  const deny = (attribute: string) => errors.port.attributeOfNetworkOwner({ attribute, network: network.id });
  if (request.mac_address !== undefined) throw deny('mac_address');
  if (request.port_security_enabled !== undefined) throw deny('port_security_enabled');
  if (request.allowed_address_pairs?.length) throw deny('allowed_address_pairs');
  if (request.dns_domain) throw deny('dns_domain');
  if (request.device_role === 'router') throw deny("device_role 'router'");
  if (request.delegated_prefixes?.length) throw deny('delegated_prefixes');
  if (request.address_policy === 'prefix') throw deny("address_policy 'prefix'");
  if (request.fixed_ips?.some((wish) => wish.ip_address !== undefined))
    throw deny('fixed_ips with ip_address');
  if (request.device_owner?.startsWith('network:')) throw deny("device_owner 'network:...'");
}

/** @throws RequestError 400 for prefixes that cannot be delegated to an instance */
export function checkDelegatedPrefixes(prefixes: readonly Prefix[]): void {
  for (const [index, prefix] of prefixes.entries()) {
    const field = `delegated_prefixes[${index}]`;
    if (prefix.family !== 6) throw errors.port.delegatedNotIpv6({ field, prefix });
    checkDelegatedLength(field, prefix.length, prefix);
    if (prefix.network.isMulticast || LINK_LOCAL.overlaps(prefix))
      throw errors.port.delegatedNotUnicast({ field, prefix });
    const services = reservedIn(prefix);
    if (services) throw errors.port.delegatedOfServices({ field, prefix, services });
    const twin = prefixes.slice(0, index).find((other) => other.overlaps(prefix));
    if (twin) throw errors.port.delegatedTwice({ field, prefix, other: twin });
  }
}

/** @throws RequestError 400 for prefixes of which an instance could not give its links a /64 */
export function checkDelegatedLength(field: string, length: number, prefix: Prefix | string): void {
  if (length < 16 || length > 64) throw errors.port.delegatedLength({ field, prefix });
}

/**
 * What a port is left with of addresses that its instance took: nobody can add to them.
 * @throws RequestError 400 for one that is not there
 */
export function keptOf(
  { learned_addresses: learned }: Pick<Port, 'learned_addresses'>,
  wished: readonly LearnedAddress[],
): LearnedAddress[] {
  for (const [index, { ip_address: address }] of wished.entries()) {
    if (!learned.some(({ ip_address }) => ip_address === address))
      throw errors.port.learnedByInstance({ field: `learned_addresses[${index}]`, address });
  }
  return learned.filter(({ ip_address }) => wished.some((one) => one.ip_address === ip_address));
}

/** @throws RequestError 409 for a port without port security that has what only port security enforces */
export function checkSecurity(
  record: { port_security_enabled: boolean; allowed_address_pairs: unknown[] },
  groups: readonly string[],
): void {
  if (record.port_security_enabled) return;
  if (groups.length > 0) {
    throw errors.port.groupsWithoutSecurity();
  }
  if (record.allowed_address_pairs.length > 0) {
    throw errors.port.addressPairsWithoutSecurity();
  }
}

/**
 * Ports become a router's by being attached to it, where it is checked that router and network may be joined: nobody
 * can make, or turn, a port into one of somebody else's router.
 * @throws RequestError 400
 */
export function checkOwner(request: PortCreate | PortUpdate, current?: Port): void {
  if (current && routerOwners.has(current.device_owner)) {
    const moves =
      (request.device_owner ?? current.device_owner) !== current.device_owner ||
      (request.device_id ?? current.device_id) !== current.device_id;
    if (moves) throw errors.port.deviceOfRouter({ id: current.id, router: current.device_id });
    const held = new Set(current.fixed_ips.map(({ subnet_id }) => subnet_id));
    if (
      request.fixed_ips &&
      (request.fixed_ips.length !== current.fixed_ips.length ||
        request.fixed_ips.some(({ subnet_id }) => !held.has(subnet_id)))
    ) {
      throw errors.port.subnetsOfRouter({ id: current.id, router: current.device_id });
    }
  } else if (request.device_owner !== undefined && routerOwners.has(request.device_owner)) {
    throw errors.port.ownerOfRouters({ deviceOwner: request.device_owner });
  }
}
