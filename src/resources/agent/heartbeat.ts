/** That hosts live: what they say of themselves, and when they said it last. */
import { newId } from '../new-id.ts';
import { columnValue, insertRow, newborn, recordChange, timestamp } from '../repository.ts';
import type { Tx } from '../tables.ts';
import { agent } from './definition.ts';

/** As Neutron's agent_down_time. */
const DOWN_AFTER_MS = 75_000;

/** Whether a host that was heard of last then is alive. */
export const isAlive = (heartbeat: string, now: Date): boolean =>
  now.getTime() - Date.parse(heartbeat) < DOWN_AFTER_MS;

/** The last second in which whoever was heard of is not alive any more, as the store has it. */
export const aliveSince = (now: Date): string => timestamp(new Date(now.getTime() - DOWN_AFTER_MS));

/** What a host says of itself. */
export interface HostSelf {
  /** Its name, as binding:host_id has it. */
  readonly host: string;
  /** Its name in OVN. */
  readonly chassis: string;
  readonly configurations: Readonly<Record<string, unknown>>;
}

/** What is the same of every host. */
const NATURE = { agent_type: 'OVN Controller agent', binary: 'ovn-controller' };

/**
 * Takes down that a host lives. One that nobody has heard of is new: it shares the service's machine, or its trust.
 * @returns whether it is new, back, or another than it was
 */
export async function recordHeartbeat(tx: Tx, self: HostSelf, now = new Date()): Promise<boolean> {
  const heartbeat = timestamp(now);
  const [known] = await tx.db.selectFrom('agents').selectAll().where('chassis', '=', self.chassis).execute();
  if (known === undefined) {
    insertHost(tx, self, heartbeat);
    return true;
  }
  const { heartbeat_timestamp: before, id } = known;
  const wasAlive = isAlive(before, now);
  const configurations = String(columnValue(agent, 'configurations', self.configurations));
  // Nothing is made from when it was: that goes without a word in the journal.
  tx.send(
    tx.db
      .updateTable('agents')
      .set({
        heartbeat_timestamp: heartbeat,
        configurations,
        ...(wasAlive ? {} : { started_at: heartbeat }),
      })
      .where('id', '=', id),
  );
  if (configurations !== known.configurations) recordChange(tx, agent, { id }, ['configurations']);
  return !wasAlive || configurations !== known.configurations;
}

/** What a host was given when it joined. */
interface Admission {
  readonly certificate?: { readonly serial: string; readonly until: string };
  readonly availabilityZone?: string | undefined;
}

/** Makes a host of which nothing is known yet but what it says. */
export function insertHost(
  tx: Tx,
  { host, chassis, configurations }: HostSelf,
  heartbeat: string,
  { certificate, availabilityZone = '' }: Admission = {},
): void {
  const { tags: _, ...fresh } = newborn();
  const record = {
    ...NATURE,
    ...fresh,
    id: newId(),
    host,
    availability_zone: availabilityZone,
    admin_state_up: true,
    started_at: heartbeat,
    heartbeat_timestamp: heartbeat,
    certificate_expires_at: certificate?.until ?? null,
    configurations: { ...configurations },
    description: '',
  };
  const further = {
    project_id: '',
    chassis,
    certificate_serial: certificate?.serial ?? null,
    next_certificate_serial: null,
  };
  insertRow(tx, agent, record, further);
}
