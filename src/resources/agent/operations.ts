/** Hosts: they come by joining, or by being heard of; administrators change what is said of them, and remove them. */
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { deleteRow, fromRow, updateRow } from '../repository.ts';
import type { OperationsOnFound } from '../resource.ts';
import { placeGateways } from '../router/gateway-hosts.ts';
import type { AgentRow } from '../tables.ts';
import { type Agent, agent } from './definition.ts';
import { isAlive } from './heartbeat.ts';

type Loaded = Agent & { project_id: '' };

/** @throws RequestError 403: hosts are everybody's */
function requireAdmin(context: Context, verb: string): void {
  if (!context.isAdmin) throw errors.request.forAdmins({ verb, resource: 'agent' });
}

const loaded = (row: AgentRow): Loaded => {
  const stored = fromRow(agent, row);
  const alive = isAlive(stored.heartbeat_timestamp, new Date());
  return { ...stored, alive, topic: null, project_id: '' };
};

export const agentOperations: OperationsOnFound<typeof agent, Loaded> = {
  load: async (_db, rows) => rows.map(loaded),
  async update(tx, context, current, changes) {
    requireAdmin(context, 'update');
    const moved = updateRow(tx, agent, current, changes);
    await placeGateways(tx);
    return { ...current, ...(changes as Partial<Agent>), ...moved };
  },
  async delete(tx, context, current) {
    requireAdmin(context, 'delete');
    deleteRow(tx, agent, current);
    await placeGateways(tx);
  },
};
