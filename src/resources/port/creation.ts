/** Makes ports, however many with as few questions to the store as one. */
import type { Kysely } from 'kysely';
import { linkLocalAddress, Mac } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { placeServices } from '../network/serving-hosts.ts';
import { canUseNetwork } from '../network/sharing.ts';
import { newPortId } from '../new-id.ts';
import { checkLimited, requireQosPolicy } from '../policy/use.ts';
import { insertRowsOf, newborn, sendRows } from '../repository.ts';
import { makeDefaultGroup, requireGroups } from '../security-group/membership.ts';
import type { Subnet } from '../subnet/definition.ts';
import { type NetworkWithSubnets, networkWithSubnets } from '../subnet/rows.ts';
import type { NetworkRow, Tables, Tx } from '../tables.ts';
import { macFromWishes, type Pick, planCreate } from './addresses.ts';
import {
  asFixedIps,
  type Choices,
  choose,
  recordAllocations,
  take,
  wantedBy,
  withConflicts,
} from './allocation.ts';
import { hostsOf, noteRefused } from './binding.ts';
import { type Port, type PortCreate, port } from './definition.ts';
import { changedOptions, checkDhcpOptions } from './dhcp-options.ts';
import { dnsAssignment } from './dns-assignment.ts';
import { checkHardware, hasHardwareType, unprotectedReason } from './hardware.ts';
import { findHolders } from './holders.ts';
import { giveAway, learnable } from './learned-addresses.ts';
import { drawMacs } from './mac.ts';
import { routerOwners } from './owners.ts';
import { checkOwner, checkPolicy, checkSecurity } from './policy.ts';
import { recordDrawn, settleDelegations } from './pool-delegation.ts';

/** What `createPort` takes: a request, and what only Sextant itself may say. */
export type PortWish = PortCreate & { readonly id?: string };

const projectOf = (context: Context, request: PortWish): string => request.project_id ?? context.projectId;

/** A port that is decided upon, but for its MAC address and what depends on that. */
interface Draft {
  readonly request: PortWish;
  readonly picks: readonly Pick[];
  /** Undefined when it is to be drawn: nobody will have it. */
  readonly givenMac: Mac | undefined;
  readonly portSecurity: boolean;
  /** Undefined for the default one of its project. */
  readonly groups: readonly string[] | undefined;
}

function storedOf(context: Context, request: PortWish, mac: Mac, portSecurity: boolean) {
  const projectId = projectOf(context, request);
  return {
    ...newborn(),
    ...request,
    id: request.id ?? newPortId(),
    project_id: projectId,
    tenant_id: projectId,
    mac_address: mac.toString(),
    status: 'DOWN' as const,
    port_security_enabled: portSecurity,
    extra_dhcp_opts: changedOptions([], request.extra_dhcp_opts),
    learned_addresses: [],
    data_plane_status: null,
  };
}

function draft(context: Context, network: NetworkRow, subnets: readonly Subnet[], request: PortWish): Draft {
  const { device_owner: deviceOwner, security_groups: groups } = request;
  const picks = planCreate({ networkId: network.id, deviceOwner, subnets, wishes: request.fixed_ips });
  // A member may call a port what it likes: that is no reason not to protect others from it.
  const isInfrastructure =
    deviceOwner.startsWith('network:') && (context.isAdmin || routerOwners.has(deviceOwner));
  const portSecurity =
    request.port_security_enabled ?? (network.port_security_enabled === 1 && !isInfrastructure);
  checkSecurity({ ...request, port_security_enabled: portSecurity }, groups ?? []);
  return {
    request,
    picks,
    givenMac: request.mac_address ? Mac.parse(request.mac_address) : macFromWishes(picks),
    portSecurity,
    groups: groups ?? (portSecurity && !isInfrastructure ? undefined : []),
  };
}

/** Decides on MAC addresses and addresses, knowing who has them. */
async function settle(db: Kysely<Tables>, context: Context, networkId: string, drafts: readonly Draft[]) {
  const projects = drafts.flatMap(({ request, groups }) => (groups ? [] : projectOf(context, request)));
  const given = drafts.map(({ givenMac }) => givenMac);
  const { macs, found } = await drawMacs(networkId, given, async (drawn) => {
    const choices = choose(drafts.map(({ picks }, index) => ({ picks, mac: drawn[index] as Mac })));
    const holders = await findHolders(db, networkId, {
      macs: drawn.map(String),
      projects: [...new Set(projects)],
      ...wantedBy(choices),
      learnable: learnable([...drawn.map(linkLocalAddress), ...choices.given.map(({ address }) => address)]),
    });
    return { ...holders, choices };
  });
  return { ...found, macs };
}

/** The groups of each port; default groups that are not there yet are made. */
async function groupsOf(
  tx: Tx,
  context: Context,
  drafts: readonly Draft[],
  defaultGroups: Map<string, string>,
): Promise<(readonly string[])[]> {
  const all: (readonly string[])[] = [];
  for (const { request, groups } of drafts) {
    const projectId = projectOf(context, request);
    if (groups === undefined && !defaultGroups.has(projectId))
      defaultGroups.set(projectId, await makeDefaultGroup(tx, projectId));
    all.push(groups ?? [defaultGroups.get(projectId) as string]);
  }
  return all;
}

async function createPorts(
  tx: Tx,
  context: Context,
  { network, subnets }: NetworkWithSubnets,
  requests: readonly PortWish[],
): Promise<Port[]> {
  const wanted = new Set(requests.flatMap((one) => one.security_groups ?? []));
  await requireGroups(tx, context, [...wanted]);
  const drafts = requests.map((request) => draft(context, network, subnets, request));
  const { macs, choices, defaultGroups, ...held } = await settle(tx.db, context, network.id, drafts);
  const groups = await groupsOf(tx, context, drafts, defaultGroups);
  const given = drafts.flatMap(({ givenMac }) => givenMac ?? []);
  return withConflicts(tx, network.id, given, async () => {
    const stored = drafts.map(({ request, portSecurity }, index) =>
      storedOf(context, request, macs[index] as Mac, portSecurity),
    );
    insertRowsOf(tx, port, stored, { learned_reset: null, binding_refused: 0, past_guard_on: '' });
    await take(tx, network.id, choices, held.addresses);
    const made = stored.map(({ id }, index) => ({ id, chosen: choices.chosen[index] ?? [] }));
    recordAllocations(tx, network.id, made);
    const memberships = made.flatMap(({ id }, index) =>
      (groups[index] ?? []).map((group) => ({ port_id: id, security_group_id: group })),
    );
    sendRows(tx, 'port_security_groups', memberships);
    await giveAway(tx, held.learned);
    await giveAwayDrawn(tx, network.id, choices);
    if (stored.some(hasHardwareType)) await placeServices(tx, network.id);
    const hosts = await hostsOf(tx.db, stored, context.settings);
    const isRefused = (one: (typeof stored)[number]): boolean => hosts.refusal(one) !== undefined;
    noteRefused(
      tx,
      stored.filter(isRefused).map(({ id }) => id),
    );
    return stored.map((one, index) => {
      const fixed_ips = asFixedIps(made[index]?.chosen ?? []);
      return {
        ...one,
        status_reason: unprotectedReason(one),
        fixed_ips,
        dns_assignment: dnsAssignment({ ...one, fixed_ips }, network.dns_domain),
        security_groups: [...(groups[index] ?? [])],
        trunk_details: null,
        qos_network_policy_id: network.qos_policy_id,
        ...hosts.plugging(one, isRefused(one)),
      };
    });
  });
}

/** Takes addresses that came from pools from the instances that had taken them. */
async function giveAwayDrawn(tx: Tx, networkId: string, { chosen, given, open }: Choices): Promise<void> {
  if (open.length === 0) return;
  const known = new Set(given.map(({ address }) => address.sortKey));
  const drawn = learnable(chosen.flat().map(({ address }) => address)).filter((key) => !known.has(key));
  if (drawn.length === 0) return;
  const { learned } = await findHolders(tx.db, networkId, { learnable: drawn });
  await giveAway(tx, learned);
}

/**
 * Makes a port; also those of routers.
 * @throws RequestError 400 for addresses that cannot be, 404 for unknown networks or groups, 409 for what is taken
 */
export async function createPort(
  tx: Tx,
  context: Context,
  surroundings: NetworkWithSubnets,
  request: PortWish,
): Promise<Port> {
  const [made] = await createPorts(tx, context, surroundings, [request]);
  return made as Port;
}

/** Requests that can be served together, in their order: what is delegated to one counts for those after it. */
function servedTogether(requests: readonly PortCreate[]): PortCreate[][] {
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

/** Makes ports with what is delegated to them: one, if there is anything of that. */
async function createDelegating(
  tx: Tx,
  context: Context,
  surroundings: NetworkWithSubnets,
  requests: readonly PortCreate[],
): Promise<Port[]> {
  const [request] = requests;
  if (request === undefined || request.delegated_prefixes.length === 0)
    return createPorts(tx, context, surroundings, requests);
  const owner = { project_id: projectOf(context, request) };
  const wishes = request.delegated_prefixes;
  const delegations = await settleDelegations(tx, context, surroundings.network, owner, wishes);
  const settled = { ...request, delegated_prefixes: delegations.prefixes };
  const made = await createPort(tx, context, surroundings, settled);
  recordDrawn(tx, made.id, delegations);
  return [made];
}

/**
 * Serves requests for ports: all, or none.
 * @throws RequestError as {@link createPort}, 403 for what is others' to say
 */
export async function createAll(tx: Tx, context: Context, requests: readonly PortCreate[]): Promise<Port[]> {
  const made: Port[] = [];
  for (const part of servedTogether(requests)) {
    for (const request of part) {
      checkOwner(request);
      checkDhcpOptions(request);
    }
    const id = part[0]?.network_id ?? '';
    const surroundings = await networkWithSubnets(tx.db, id);
    if (!surroundings || !(await canUseNetwork(tx.db, surroundings.network, context)))
      throw errors.notFound.network({ id });
    const { network } = surroundings;
    for (const request of part) {
      checkPolicy(context, network, request);
      checkHardware(request, network);
      checkLimited(request, network.qos_policy_id);
      await requireQosPolicy(tx, context, request.qos_policy_id);
    }
    made.push(...(await createDelegating(tx, context, surroundings, part)));
  }
  return made;
}
