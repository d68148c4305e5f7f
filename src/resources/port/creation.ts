/** Makes ports, however many with as few questions to the store as one. */
import type { Kysely } from 'kysely';
import { linkLocalAddress, Mac } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { canUseNetwork } from '../network/sharing.ts';
import { newPortId } from '../new-id.ts';
import { findRow, insertRowsOf, newborn, sendRows } from '../repository.ts';
import { findDefaultGroups, makeDefaultGroup, requireGroups } from '../security-group/membership.ts';
import type { Subnet } from '../subnet/definition.ts';
import { subnetsOn } from '../subnet/rows.ts';
import type { NetworkRow, Tables, Tx } from '../tables.ts';
import { macFromWishes, planCreate } from './addresses.ts';
import { type AddressWish, asFixedIps, recordAllocations, take, withConflicts } from './allocation.ts';
import { bindingOf } from './binding.ts';
import { type Port, type PortCreate, port } from './definition.ts';
import { checkDelegations } from './delegation.ts';
import { checkDhcpOptions } from './dhcp-options.ts';
import { giveAway } from './learned-addresses.ts';
import { unusedMacs } from './mac.ts';
import { routerOwners } from './owners.ts';
import { checkDelegatedPrefixes, checkOwner, checkPolicy, checkSecurity } from './policy.ts';

/** What `createPort` takes: a request, and what only Sextant itself may say. */
export type PortWish = PortCreate & { readonly id?: string };

const projectOf = (context: Context, request: PortWish): string => request.project_id ?? context.projectId;

/** What new ports on a network depend on. */
interface Surroundings {
  readonly network: NetworkRow | undefined;
  /** Oldest first. */
  readonly subnets: readonly Subnet[];
  /** MAC addresses that are free, one for each port. */
  readonly macs: Mac[];
  /** The default groups of the projects that have one. */
  readonly defaultGroups: Map<string, string>;
}

/** Reads all of it at once: none waits for another one's answer. */
async function lookAround(
  db: Kysely<Tables>,
  context: Context,
  networkId: string,
  requests: readonly PortWish[],
): Promise<Surroundings> {
  const projects = requests.filter((one) => one.security_groups === undefined);
  const [network, subnets, macs, defaultGroups] = await Promise.all([
    findRow(db, 'networks', networkId),
    subnetsOn(db, networkId),
    unusedMacs(db, networkId, requests.filter(({ mac_address }) => !mac_address).length),
    findDefaultGroups(db, [...new Set(projects.map((one) => projectOf(context, one)))]),
  ]);
  return { network, subnets, macs, defaultGroups };
}

/** A port that is decided upon, but for its addresses. */
interface Draft {
  readonly stored: ReturnType<typeof storedOf>;
  readonly groups: readonly string[];
  readonly wish: AddressWish;
  /** Undefined when the MAC address was drawn: nobody has it. */
  readonly givenMac: Mac | undefined;
}

function storedOf(context: Context, request: PortWish, mac: Mac, portSecurity: boolean) {
  const projectId = projectOf(context, request);
  return {
    ...request,
    ...newborn(),
    id: request.id ?? newPortId(),
    project_id: projectId,
    tenant_id: projectId,
    mac_address: mac.toString(),
    status: 'DOWN' as const,
    port_security_enabled: portSecurity,
    learned_addresses: [],
  };
}

async function draft(
  tx: Tx,
  context: Context,
  network: NetworkRow,
  { subnets, macs, defaultGroups }: Surroundings,
  request: PortWish,
): Promise<Draft> {
  const picks = planCreate({
    networkId: network.id,
    deviceOwner: request.device_owner,
    subnets,
    wishes: request.fixed_ips,
  });
  const given = request.mac_address ? Mac.parse(request.mac_address) : macFromWishes(picks);
  const mac = given ?? (macs.pop() as Mac);
  // A member may call a port what it likes: that is no reason not to protect others from it.
  const isInfrastructure =
    request.device_owner.startsWith('network:') &&
    (context.isAdmin || routerOwners.has(request.device_owner));
  const portSecurity =
    request.port_security_enabled ?? (network.port_security_enabled === 1 && !isInfrastructure);
  const stored = storedOf(context, request, mac, portSecurity);
  checkSecurity(stored, request.security_groups ?? []);
  const known = { stored, wish: { picks, mac }, givenMac: given };
  if (request.security_groups || !portSecurity || isInfrastructure)
    return { ...known, groups: request.security_groups ?? [] };
  const { project_id: projectId } = stored;
  const group = defaultGroups.get(projectId) ?? (await makeDefaultGroup(tx, projectId));
  defaultGroups.set(projectId, group);
  return { ...known, groups: [group] };
}

async function createPorts(
  tx: Tx,
  context: Context,
  network: NetworkRow,
  surroundings: Surroundings,
  requests: readonly PortWish[],
): Promise<Port[]> {
  const wanted = new Set(requests.flatMap((one) => one.security_groups ?? []));
  await requireGroups(tx, context, [...wanted]);
  const drafts: Draft[] = [];
  for (const request of requests) drafts.push(await draft(tx, context, network, surroundings, request));
  const macs = drafts.map(({ wish }) => wish.mac);
  const given = drafts.flatMap(({ givenMac }) => givenMac ?? []);
  return withConflicts(tx, network.id, given, async () => {
    insertRowsOf(
      tx,
      port,
      drafts.map(({ stored }) => stored),
      { learned_reset: null },
    );
    const chosen = await take(
      tx,
      network.id,
      drafts.map(({ wish }) => wish),
    );
    const made = drafts.map((one, index) => ({ ...one, id: one.stored.id, chosen: chosen[index] ?? [] }));
    recordAllocations(tx, network.id, made);
    const memberships = made.flatMap(({ id, groups }) =>
      groups.map((group) => ({ port_id: id, security_group_id: group })),
    );
    sendRows(tx, 'port_security_groups', memberships);
    const addresses = chosen.flat().map(({ address }) => address);
    await giveAway(tx, network.id, [...macs.map(linkLocalAddress), ...addresses]);
    const binding = await bindingOf(
      tx.db,
      drafts.map(({ stored }) => stored),
      context.settings,
    );
    return made.map(({ stored, groups, chosen: own }) => ({
      ...stored,
      status_reason: null,
      fixed_ips: asFixedIps(own),
      security_groups: [...groups],
      ...binding(stored),
    }));
  });
}

/**
 * Makes a port; also those of routers.
 * @throws RequestError 400 for addresses that cannot be, 404 for unknown networks or groups, 409 for what is taken
 */
export async function createPort(
  tx: Tx,
  context: Context,
  network: NetworkRow,
  request: PortWish,
): Promise<Port> {
  const surroundings = await lookAround(tx.db, context, network.id, [request]);
  const [made] = await createPorts(tx, context, network, surroundings, [request]);
  return made as Port;
}

/** Requests that can be served together, in their order: what is delegated to one counts for those after it. */
function together(requests: readonly PortCreate[]): PortCreate[][] {
  const parts: PortCreate[][] = [];
  const isAlone = ({ delegated_prefixes }: PortCreate): boolean => delegated_prefixes.length > 0;
  for (const request of requests) {
    const last = parts.at(-1)?.[0];
    if (last?.network_id === request.network_id && !isAlone(last) && !isAlone(request))
      parts.at(-1)?.push(request);
    else parts.push([request]);
  }
  return parts;
}

/**
 * Serves requests for ports: all, or none.
 * @throws RequestError as {@link createPort}, 403 for what is others' to say
 */
export async function createAll(tx: Tx, context: Context, requests: readonly PortCreate[]): Promise<Port[]> {
  const made: Port[] = [];
  for (const part of together(requests)) {
    for (const request of part) {
      checkOwner(request);
      checkDelegatedPrefixes(request);
      checkDhcpOptions(request);
    }
    const id = part[0]?.network_id ?? '';
    const surroundings = await lookAround(tx.db, context, id, part);
    const { network } = surroundings;
    if (!network || !canUseNetwork(network, context)) throw errors.notFound.network({ id });
    for (const request of part) {
      checkPolicy(context, network, request);
      await checkDelegations(tx, context, network, undefined, request.delegated_prefixes);
    }
    made.push(...(await createPorts(tx, context, network, surroundings, part)));
  }
  return made;
}
