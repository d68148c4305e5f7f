/** BGP speakers: create, update, delete; peers and networks that come and go. */
import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { uuid } from '../definition/attribute-types.ts';
import { newId } from '../new-id.ts';
import { deleteRow, findRow, fromRow, insertRow, newborn, slices, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import type { BgpSpeakerRow, Tables, Tx } from '../tables.ts';
import { advertisedBy } from './advertised-routes.ts';
import { type BgpSpeaker, type BgpSpeakerCreate, type BgpSpeakerUpdate, bgpSpeaker } from './definition.ts';
import { removeLegs } from './legs.ts';
import { sessionsOf } from './sessions.ts';

async function load(db: Kysely<Tables>, rows: BgpSpeakerRow[]): Promise<BgpSpeaker[]> {
  const speakers: BgpSpeaker[] = [];
  for (const slice of slices(rows)) {
    const ids = slice.map(({ id }) => id);
    const peers = Map.groupBy(
      await db
        .selectFrom('bgp_speaker_peers')
        .selectAll()
        .where('speaker_id', 'in', ids)
        .orderBy('peer_id')
        .execute(),
      ({ speaker_id }) => speaker_id,
    );
    const networks = Map.groupBy(
      await db
        .selectFrom('bgp_speaker_networks')
        .selectAll()
        .where('speaker_id', 'in', ids)
        .orderBy('network_id')
        .execute(),
      ({ speaker_id }) => speaker_id,
    );
    const sessions = await sessionsOf(db, ids);
    for (const row of slice)
      speakers.push({
        ...fromRow(bgpSpeaker, row),
        peers: (peers.get(row.id) ?? []).map(({ peer_id }) => peer_id),
        networks: (networks.get(row.id) ?? []).map(({ network_id }) => network_id),
        sessions: sessions.get(row.id) ?? [],
      });
  }
  return speakers;
}

async function create(tx: Tx, context: Context, request: BgpSpeakerCreate): Promise<BgpSpeaker> {
  const projectId = request.project_id ?? context.projectId;
  const { tags: _, ...fresh } = newborn();
  const made = { ...request, ...fresh, id: newId(), project_id: projectId, tenant_id: projectId };
  insertRow(tx, bgpSpeaker, made);
  return { ...made, peers: [], networks: [], sessions: [] };
}

async function update(
  tx: Tx,
  _context: Context,
  current: BgpSpeaker,
  changes: BgpSpeakerUpdate,
): Promise<BgpSpeaker> {
  const moved = updateRow(tx, bgpSpeaker, current, changes);
  return { ...current, ...(changes as Partial<BgpSpeaker>), ...moved };
}

async function remove(tx: Tx, _context: Context, current: BgpSpeaker): Promise<void> {
  await removeLegs(tx, { speakerId: current.id });
  deleteRow(tx, bgpSpeaker, current);
}

/** @throws RequestError 400, in Neutron's words, unless the body names one */
function idIn(body: unknown, key: 'bgp_peer_id' | 'network_id'): string {
  const given =
    typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[key] : undefined;
  if (given === undefined) throw errors.bgp.nameNeeded({ reason: `${key} must be specified` });
  try {
    return uuid.parse(given, key);
  } catch {
    throw errors.bgp.nameNeeded({ reason: `'${given}' is not a valid UUID` });
  }
}

/** `PUT /v2.0/bgp-speakers/ID/add_bgp_peer` */
async function addPeer(tx: Tx, _context: Context, current: BgpSpeaker, body: unknown): Promise<object> {
  const id = idIn(body, 'bgp_peer_id');
  const peer = await findRow(tx.db, 'bgp_peers', id);
  if (!peer) throw errors.notFound.bgp_peer({ id });
  const same = await tx.db
    .selectFrom('bgp_speaker_peers')
    .innerJoin('bgp_peers', 'bgp_peers.id', 'peer_id')
    .select('peer_id')
    .where('speaker_id', '=', current.id)
    .where('peer_ip', '=', peer.peer_ip)
    .executeTakeFirst();
  if (same) throw errors.bgp.duplicatePeer({ speaker: current.id, peer_ip: peer.peer_ip, peer: id });
  tx.send(tx.db.insertInto('bgp_speaker_peers').values({ speaker_id: current.id, peer_id: id }));
  updateRow(tx, bgpSpeaker, current, {}, {}, ['peers']);
  return { bgp_peer_id: id };
}

/** `PUT /v2.0/bgp-speakers/ID/remove_bgp_peer` */
async function removePeer(tx: Tx, _context: Context, current: BgpSpeaker, body: unknown): Promise<object> {
  const id = idIn(body, 'bgp_peer_id');
  if (!current.peers.includes(id)) throw errors.bgp.peerNotAssociated({ peer: id, speaker: current.id });
  tx.send(
    tx.db.deleteFrom('bgp_speaker_peers').where('speaker_id', '=', current.id).where('peer_id', '=', id),
  );
  updateRow(tx, bgpSpeaker, current, {}, {}, ['peers']);
  return { bgp_peer_id: id };
}

/** `PUT /v2.0/bgp-speakers/ID/add_gateway_network` */
async function addNetwork(tx: Tx, _context: Context, current: BgpSpeaker, body: unknown): Promise<object> {
  const id = idIn(body, 'network_id');
  if (!(await findRow(tx.db, 'networks', id))) throw errors.notFound.network({ id });
  if (current.networks.includes(id)) throw errors.bgp.networkBound({ network: id, speaker: current.id });
  tx.send(tx.db.insertInto('bgp_speaker_networks').values({ speaker_id: current.id, network_id: id }));
  updateRow(tx, bgpSpeaker, current, {}, {}, ['networks']);
  return { network_id: id };
}

/** `PUT /v2.0/bgp-speakers/ID/remove_gateway_network` */
async function removeNetwork(tx: Tx, _context: Context, current: BgpSpeaker, body: unknown): Promise<object> {
  const id = idIn(body, 'network_id');
  if (!current.networks.includes(id))
    throw errors.bgp.networkNotAssociated({ network: id, speaker: current.id });
  await removeLegs(tx, { speakerId: current.id, networkId: id });
  tx.send(
    tx.db
      .deleteFrom('bgp_speaker_networks')
      .where('speaker_id', '=', current.id)
      .where('network_id', '=', id),
  );
  updateRow(tx, bgpSpeaker, current, {}, {}, ['networks']);
  return { network_id: id };
}

export const bgpSpeakerOperations: OperationsOn<typeof bgpSpeaker> = {
  load,
  create,
  update,
  delete: remove,
  looks: {
    get_advertised_routes: async (speaker, db) => ({
      advertised_routes: (await advertisedBy(db, speaker)).flatMap(({ routes }) => routes),
    }),
  },
  actions: {
    add_bgp_peer: addPeer,
    remove_bgp_peer: removePeer,
    add_gateway_network: addNetwork,
    remove_gateway_network: removeNetwork,
  },
};
