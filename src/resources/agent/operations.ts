/** Hosts: they come by joining, or by being heard of; administrators change what is said of them, and remove them. */
import { boolean } from '../definition/attribute-types.ts';
import { takeRefused } from '../port/binding.ts';
import { deleteRow, findRow, fromRow, updateRow } from '../repository.ts';
import type { Condition, OperationsOnFound } from '../resource.ts';
import type { AgentRow, Tx } from '../tables.ts';
import { type Agent, agent } from './definition.ts';
import { aliveSince, isAlive } from './heartbeat.ts';
import { followHosts } from './placement.ts';

type Loaded = Agent & { project_id: '' };

const loaded = (row: AgentRow): Loaded => {
  const stored = fromRow(agent, row);
  const alive = isAlive(stored.heartbeat_timestamp, new Date());
  // Beside what it says of itself, what ML2/OVN calls it.
  const { chassis, bridge_mappings = '' } = stored.configurations;
  const configurations = {
    ...stored.configurations,
    chassis_name: chassis ?? row.chassis,
    'bridge-mappings': bridge_mappings,
  };
  return { ...stored, configurations, alive, ...OF_ALL, project_id: '' };
};

/** As ML2/OVN has it of every agent. */
const OF_ALL = { topic: 'n/a' };

/** `alive=true`: hosts that were heard of lately; of several values each that is asked for. */
function byAlive(values: string[]): Condition {
  const asked = values.map((value) => boolean.parse(value, 'alive'));
  const since = aliveSince(new Date());
  return (builder) =>
    builder.or(asked.map((alive) => builder('agents.heartbeat_timestamp', alive ? '>' : '<=', since)));
}

export const agentOperations: OperationsOnFound<typeof agent, Loaded> = {
  load: async (_db, rows) => rows.map(loaded),
  filters: { alive: byAlive },
  async update(tx, _context, current, changes) {
    const moved = updateRow(tx, agent, current, changes);
    if (changes.admin_state_up && !current.admin_state_up) await takeRefused(tx, await namesOf(tx, current));
    await followHosts(tx);
    return { ...current, ...(changes as Partial<Agent>), ...moved };
  },
  async delete(tx, _context, current) {
    deleteRow(tx, agent, current);
    await followHosts(tx);
  },
};

/** What ports may be bound to a host by. */
async function namesOf(tx: Tx, { id, host }: Agent): Promise<string[]> {
  const row = await findRow(tx.db, 'agents', id);
  return row === undefined ? [host] : [host, row.chassis];
}
