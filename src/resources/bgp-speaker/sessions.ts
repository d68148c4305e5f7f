/** How hosts say that it stands with the peers of BGP speakers. */
import type { Kysely } from 'kysely';
import { isAlive } from '../agent/heartbeat.ts';
import { slices } from '../repository.ts';
import type { Tables, Tx } from '../tables.ts';
import type { BgpSession } from './definition.ts';
import { legsOfHost, type SpeakingPlace } from './legs.ts';
import { addressesOfPorts } from './port-addresses.ts';

/** What a host says of one peer; without a peer, what keeps it from all. */
export interface SessionReport {
  readonly peer_id: string | null;
  readonly state: 'established' | 'down';
  readonly reason: string;
}

/** What a host says of a speaker on a network. */
export interface LegReport extends SpeakingPlace {
  readonly sessions: readonly SessionReport[];
}

/** The sessions of speakers, by speaker. */
export async function sessionsOf(
  db: Kysely<Tables>,
  speakerIds: readonly string[],
): Promise<Map<string, BgpSession[]>> {
  const sessions = new Map<string, BgpSession[]>();
  const now = new Date();
  for (const ids of slices(speakerIds)) {
    const legs = await db
      .selectFrom('bgp_legs')
      .innerJoin('agents', 'agents.chassis', 'bgp_legs.chassis')
      .select(['speaker_id', 'network_id', 'port_id', 'report', 'host', 'heartbeat_timestamp'])
      .where('speaker_id', 'in', ids)
      .orderBy('host')
      .execute();
    const addresses = await addressesOfPorts(
      db,
      legs.map(({ port_id }) => port_id),
    );
    for (const { speaker_id, network_id, port_id, report, host, heartbeat_timestamp } of legs) {
      const alive = isAlive(heartbeat_timestamp, now);
      for (const { peer_id, state, reason } of JSON.parse(report) as SessionReport[])
        sessions
          .getOrInsertComputed(speaker_id, () => [])
          .push({
            ...{ host, network_id, peer_id, addresses: addresses.get(port_id) ?? [] },
            state: alive ? state : 'unknown',
            reason: alive ? reason : 'The host was not heard of for 75 seconds.',
          });
    }
  }
  return sessions;
}

/** Takes down what a host says, as far as that is news; of speakers that it does not speak for, nothing. */
export async function recordSessions(tx: Tx, chassis: string, reports: readonly LegReport[]): Promise<void> {
  for (const { speaker_id, network_id } of await legsOfHost(tx.db, chassis)) {
    const report = reports.find((one) => one.speakerId === speaker_id && one.networkId === network_id);
    if (report === undefined) continue;
    tx.send(
      tx.db
        .updateTable('bgp_legs')
        .set({ report: JSON.stringify(report.sessions) })
        .where('speaker_id', '=', speaker_id)
        .where('network_id', '=', network_id)
        .where('chassis', '=', chassis),
    );
  }
}
