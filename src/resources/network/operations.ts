/** Networks: create, update, delete. */

import { randomInt } from 'node:crypto';
import type { Kysely } from 'kysely';
import { Address } from '../../addressing/index.ts';
import { errors, type RequestError } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { newId } from '../new-id.ts';
import { AUTO_DELETED_OWNERS } from '../port/owners.ts';
import { removePortWithId } from '../port/removal.ts';
import { deleteRow, fromRow, insertRow, newborn, type ReadOf, slices, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { reasonsOf } from '../status.ts';
import { subnet } from '../subnet/definition.ts';
import { giveBackToPool } from '../subnet/pool-prefix.ts';
import { subnetsOn } from '../subnet/rows.ts';
import type { NetworkRow, Tables, Tx } from '../tables.ts';
import { type Network, type NetworkCreate, type NetworkUpdate, network } from './definition.ts';
import { checkMtu, chooseSegment, MINIMUM_IPV6_MTU, maximumMtu, type Segment } from './rules.ts';

const HIGHEST_GENEVE_ID = 2 ** 24 - 1;
const HIGHEST_VLAN = 4094;

/** Stands for "untagged" among the segmentation ids of a physical network. */
const UNTAGGED = 0;

/** The wished segmentation id, or one that is free, as far as it is known. */
async function candidateFor(tx: Tx, segment: Segment): Promise<number> {
  if (segment.type === 'flat') return UNTAGGED;
  return segment.segmentationId ?? freeSegmentationId(tx, segment);
}

/**
 * Takes a segmentation id, or another one where none was wished for; the primary key decides between two who want the
 * same.
 * @returns null for a flat network
 */
async function reserveSegment(
  tx: Tx,
  networkId: string,
  segment: Segment,
  candidate: number,
): Promise<number | null> {
  const isFlat = segment.type === 'flat';
  const inserted = await tx.db
    .insertInto('segmentations')
    .values({
      network_type: segment.type,
      physical_network: segment.physicalNetwork ?? '',
      segmentation_id: candidate,
      network_id: networkId,
    })
    .onConflict((columns) => columns.doNothing())
    .executeTakeFirst();
  if (Number(inserted.numInsertedOrUpdatedRows) > 0) return isFlat ? null : candidate;
  if (!isFlat && segment.segmentationId === null)
    return reserveSegment(tx, networkId, segment, await candidateFor(tx, segment));
  throw segmentInUse(segment, candidate);
}

function segmentInUse({ type, physicalNetwork }: Segment, id: number): RequestError {
  if (physicalNetwork === null) return errors.network.tunnelInUse({ type, id });
  return type === 'flat'
    ? errors.network.physicalNetworkInUse({ physicalNetwork })
    : errors.network.vlanInUse({ id, physicalNetwork });
}

async function freeSegmentationId(tx: Tx, segment: Segment): Promise<number> {
  // 16 million Geneve identifiers: a random one is free, and costs the same however many are taken.
  if (segment.type === 'geneve') return randomInt(1, HIGHEST_GENEVE_ID);
  const rows = await tx.db
    .selectFrom('segmentations')
    .select('segmentation_id')
    .where('network_type', '=', segment.type)
    .where('physical_network', '=', segment.physicalNetwork ?? '')
    .execute();
  const taken = new Set(rows.map((row) => row.segmentation_id));
  for (let id = 1; id <= HIGHEST_VLAN; id++) if (!taken.has(id)) return id;
  throw errors.network.noVlanLeft({ physicalNetwork: String(segment.physicalNetwork) });
}

async function load(db: Kysely<Tables>, rows: NetworkRow[]): Promise<Network[]> {
  const subnetsOf = new Map<string, string[]>();
  for (const ids of slices(rows.map(({ id }) => id))) {
    const found = await db
      .selectFrom('subnets')
      .select(['id', 'network_id'])
      .where('network_id', 'in', ids)
      .orderBy('id')
      .execute();
    for (const { id, network_id } of found) {
      const list = subnetsOf.get(network_id);
      if (list) list.push(id);
      else subnetsOf.set(network_id, [id]);
    }
  }
  const reasons = await reasonsOf(db, 'network', rows);
  return rows.map((row) =>
    complete(fromRow(network, row), subnetsOf.get(row.id) ?? [], reasons.get(row.id) ?? null),
  );
}

const complete = (
  stored: ReadOf<typeof network>,
  subnets: string[],
  statusReason: string | null,
): Network => ({
  ...stored,
  status_reason: statusReason,
  subnets,
  availability_zones: [],
});

/**
 * Hosts ask these servers, from where they are: that must not lead a tenant to what only hosts reach.
 * @throws RequestError 403
 */
function checkForwarders(
  context: Context,
  { dns_forwarders: servers = [] }: NetworkCreate | NetworkUpdate,
): void {
  if (context.isAdmin || servers.every((server) => Address.parse(server).isUnspecified)) return;
  throw errors.network.forwardersOfAdministrator();
}

async function create(tx: Tx, context: Context, request: NetworkCreate): Promise<Network> {
  checkForwarders(context, request);
  const segment = chooseSegment(
    {
      type: request['provider:network_type'],
      physicalNetwork: request['provider:physical_network'],
      segmentationId: request['provider:segmentation_id'],
    },
    context.settings,
  );
  const mtu = request.mtu ?? maximumMtu(segment.type, context.settings);
  checkMtu(mtu, segment.type, context.settings);
  const id = newId();
  const candidate = await candidateFor(tx, segment);
  const record = {
    ...request,
    ...newborn(),
    id,
    project_id: request.project_id ?? context.projectId,
    tenant_id: request.project_id ?? context.projectId,
    status: 'ACTIVE' as const,
    mtu,
    'provider:network_type': segment.type,
    'provider:physical_network': segment.physicalNetwork,
    'provider:segmentation_id': segment.type === 'flat' ? null : candidate,
  };
  insertRow(tx, network, record);
  const segmentationId = await reserveSegment(tx, id, segment, candidate);
  if (segmentationId !== record['provider:segmentation_id']) {
    record['provider:segmentation_id'] = segmentationId;
    await tx.db
      .updateTable('networks')
      .set({ provider_segmentation_id: segmentationId })
      .where('id', '=', id)
      .execute();
  }
  return complete(record, [], null);
}

async function checkUpdate(
  tx: Tx,
  context: Context,
  current: Network,
  changes: NetworkUpdate,
): Promise<void> {
  checkForwarders(context, changes);
  if (changes.mtu !== undefined) {
    checkMtu(changes.mtu, current['provider:network_type'], context.settings);
    if (changes.mtu < MINIMUM_IPV6_MTU) {
      const ipv6 = await tx.db
        .selectFrom('subnets')
        .select('id')
        .where('network_id', '=', current.id)
        .where('ip_version', '=', 6)
        .executeTakeFirst();
      if (ipv6) throw mtuTooSmall(current.id, changes.mtu);
    }
  }
  if (changes['router:external'] === false && current['router:external']) {
    const user = await tx.db
      .selectFrom('routers')
      .select('id')
      .where('external_network_id', '=', current.id)
      .executeTakeFirst();
    if (user) {
      throw errors.network.externalInUse({ id: current.id, router: user.id });
    }
  }
  if (changes.shared === false && current.shared) {
    const foreign = await tx.db
      .selectFrom('ports')
      .select('id')
      .where('network_id', '=', current.id)
      .where('project_id', 'not in', [current.project_id, ''])
      .executeTakeFirst();
    if (foreign) {
      throw errors.network.sharedInUse({ network: current.name || current.id });
    }
  }
}

/** 409: IPv6 does not work below 1280 bytes. */
export const mtuTooSmall = (networkId: string, mtu: number) =>
  errors.network.mtuTooSmallForIpv6({ mtu, id: networkId, minimum: MINIMUM_IPV6_MTU });

async function update(tx: Tx, context: Context, current: Network, changes: NetworkUpdate): Promise<Network> {
  await checkUpdate(tx, context, current, changes);
  const moved = updateRow(tx, network, current, changes);
  return { ...current, ...(changes as Partial<Network>), ...moved };
}

async function remove(tx: Tx, _context: Context, current: Network): Promise<void> {
  const ports = tx.db.selectFrom('ports').select('id').where('network_id', '=', current.id);
  const inUse = await ports
    .where('device_owner', 'not in', [...AUTO_DELETED_OWNERS])
    .limit(10)
    .execute();
  if (inUse.length > 0) throw errors.network.inUse({ id: current.id, ports: inUse.map(({ id }) => id) });
  for (const { id } of await ports.execute()) await removePortWithId(tx, id);
  for (const one of await subnetsOn(tx.db, current.id)) {
    deleteRow(tx, subnet, one);
    await giveBackToPool(tx, one);
  }
  deleteRow(tx, network, current);
}

/** @throws RequestError 400 when the network is not one that routers may have as their external network */
export function requireExternal(row: { id: string; router_external: number }): void {
  if (!row.router_external) {
    throw errors.network.notExternal({ id: row.id });
  }
}

export const networkOperations: OperationsOn<typeof network> = {
  load,
  visible: () => [
    (builder) => builder('networks.shared', '=', 1),
    (builder) => builder('networks.router_external', '=', 1),
  ],
  create,
  update,
  delete: remove,
};
