/**
 * What hosts have to speak for BGP speakers: on each external network a port, whose addresses the peers know the host
 * by. A host that may have a gateway there has one before it has the gateway, so that its sessions stand by then.
 */
import type { Kysely } from 'kysely';
import type { Context } from '../context.ts';
import { createPort } from '../port/creation.ts';
import { BGP_SPEAKER } from '../port/owners.ts';
import { removePortWithId } from '../port/removal.ts';
import { findRow } from '../repository.ts';
import { portDefaults } from '../router/interfaces.ts';
import { networkWithSubnets } from '../subnet/rows.ts';
import type { BgpLegRow, Tables, Tx } from '../tables.ts';

type Database = Kysely<Tables>;

/** A speaker on an external network that gateways on a host are on, or may come to be. */
export interface SpeakingPlace {
  readonly speakerId: string;
  readonly networkId: string;
}

/** Where a host is to speak. */
export async function speakingPlacesOf(db: Database, chassis: string): Promise<SpeakingPlace[]> {
  return db
    .selectFrom('gateway_hosts')
    .innerJoin('routers', 'routers.gateway_port_id', 'gateway_hosts.gateway_port_id')
    .innerJoin('bgp_speaker_networks', 'network_id', 'external_network_id')
    .innerJoin('networks', 'networks.id', 'network_id')
    .select(['speaker_id as speakerId', 'network_id as networkId'])
    .distinct()
    .where('chassis', '=', chassis)
    .where('provider_physical_network', 'is not', null)
    .orderBy('speaker_id')
    .orderBy('network_id')
    .execute();
}

/** The hosts that speak for a speaker: their names in OVN. */
export async function speakingHostsOf(db: Database, speakerId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('bgp_speaker_networks')
    .innerJoin('routers', 'external_network_id', 'network_id')
    .innerJoin('gateway_hosts', 'gateway_hosts.gateway_port_id', 'routers.gateway_port_id')
    .select('chassis')
    .distinct()
    .where('speaker_id', '=', speakerId)
    .orderBy('chassis')
    .execute();
  return rows.map(({ chassis }) => chassis);
}

/** The legs of a host. */
export const legsOfHost = (db: Database, chassis: string): Promise<BgpLegRow[]> =>
  db.selectFrom('bgp_legs').selectAll().where('chassis', '=', chassis).execute();

const isAt =
  ({ speakerId, networkId }: SpeakingPlace) =>
  ({ speaker_id, network_id }: BgpLegRow): boolean =>
    speaker_id === speakerId && network_id === networkId;

/** Those of the places where the host has no leg yet. */
export const placesWithout = (
  places: readonly SpeakingPlace[],
  legs: readonly BgpLegRow[],
): SpeakingPlace[] => places.filter((place) => !legs.some(isAt(place)));

/**
 * Gives a host a leg; and takes away those of machines that are no hosts any more.
 * @throws RequestError 409 when a subnet has no address left
 */
export async function giveLeg(
  tx: Tx,
  context: Context,
  chassis: string,
  { speakerId, networkId }: SpeakingPlace,
): Promise<void> {
  await removeAbandoned(tx);
  const surroundings = await networkWithSubnets(tx.db, networkId);
  const speaker = await findRow(tx.db, 'bgp_speakers', speakerId);
  const isThere = (await legsOfHost(tx.db, chassis)).some(isAt({ speakerId, networkId }));
  if (surroundings === undefined || speaker === undefined || isThere) return;
  const host = await tx.db
    .selectFrom('agents')
    .select('host')
    .where('chassis', '=', chassis)
    .executeTakeFirst();
  const port = await createPort(tx, context, surroundings, {
    ...portDefaults,
    name: `BGP on ${host?.host ?? chassis}`,
    // Nobody's, as gateways are.
    project_id: '',
    network_id: networkId,
    device_id: speakerId,
    device_owner: BGP_SPEAKER,
  });
  const leg = { speaker_id: speakerId, network_id: networkId, chassis, port_id: port.id, report: '[]' };
  tx.send(tx.db.insertInto('bgp_legs').values(leg));
}

/** A machine that is no host any more speaks for nobody. */
async function removeAbandoned(tx: Tx): Promise<void> {
  const rows = await tx.db
    .selectFrom('bgp_legs')
    .leftJoin('agents', 'agents.chassis', 'bgp_legs.chassis')
    .select('port_id')
    .where('agents.id', 'is', null)
    .execute();
  for (const { port_id } of rows) await removePortWithId(tx, port_id);
}

/** Takes the legs of a speaker away, on one network or all. */
export async function removeLegs(
  tx: Tx,
  { speakerId, networkId }: { readonly speakerId: string; readonly networkId?: string },
): Promise<void> {
  let query = tx.db.selectFrom('bgp_legs').select('port_id').where('speaker_id', '=', speakerId);
  if (networkId !== undefined) query = query.where('network_id', '=', networkId);
  for (const { port_id } of await query.execute()) await removePortWithId(tx, port_id);
}
