/** The hosts that speak for BGP speakers, as Neutron's clients ask for them: its scheduler of agents. */
import type { FastifyInstance } from 'fastify';
import { errors } from '../errors/index.ts';
import { findRow, type Store, speakingHostsOf, type Values } from '../resources/index.ts';
import type { CallerOf } from './identity.ts';
import type { Pipeline } from './pipeline.ts';

interface OneParams {
  Params: { id: string };
}

/** What serves the two resources. */
export interface BgpPipelines {
  readonly speakers: Pipeline;
  readonly agents: Pipeline;
}

/** Hosts follow the gateways: nobody gives speakers to them, or takes them away. */
export function addBgpRoutes(
  app: FastifyInstance,
  store: Store,
  { speakers, agents }: BgpPipelines,
  callerFrom: CallerOf,
): void {
  const hidden = { schema: { hide: true } };
  const chassisOf = async (agentId: string): Promise<string> =>
    (await findRow(store.read, 'agents', agentId))?.chassis ?? '';

  app.get<OneParams>('/v2.0/bgp-speakers/:id/bgp-dragents', hidden, async (request) => {
    const caller = callerFrom(request);
    const chassis = await speakers.read(caller, request.params.id, (db, _context, { id }) =>
      speakingHostsOf(db, id),
    );
    const found: unknown[] = [];
    if (chassis.length > 0) {
      const rows = await store.read
        .selectFrom('agents')
        .select('id')
        .where('chassis', 'in', chassis)
        .orderBy('host')
        .execute();
      for (const { id } of rows) found.push(await agents.look(caller, id));
    }
    return { agents: found };
  });
  app.get<OneParams>('/v2.0/agents/:id/bgp-drinstances', hidden, async (request) => {
    const caller = callerFrom(request);
    const chassis = await agents.read(caller, request.params.id, async (_db, _context, { id }) =>
      chassisOf(id),
    );
    const found: unknown[] = [];
    for (const { id } of await store.read.selectFrom('bgp_speakers').select('id').orderBy('id').execute())
      if ((await speakingHostsOf(store.read, id)).includes(chassis))
        found.push(await speakers.look(caller, id));
    return { bgp_speakers: found };
  });
  app.post<OneParams>('/v2.0/agents/:id/bgp-drinstances', hidden, async (request) => {
    const caller = callerFrom(request);
    const { id: agent } = request.params;
    const speaker = String((request.body as Values | undefined)?.bgp_speaker_id);
    throw (await isSpeaking(caller, speaker, agent))
      ? errors.bgp.agentAssociated({ agent })
      : errors.bgp.agentInvalid({ agent });
  });
  app.delete<{ Params: { id: string; speaker: string } }>(
    '/v2.0/agents/:id/bgp-drinstances/:speaker',
    hidden,
    async (request) => {
      const { id: agent, speaker } = request.params;
      throw (await isSpeaking(callerFrom(request), speaker, agent))
        ? errors.bgp.agentNeeded({ agent, speaker })
        : errors.bgp.agentNotHosting({ agent, speaker });
    },
  );

  const isSpeaking = async (
    caller: ReturnType<CallerOf>,
    speakerId: string,
    agentId: string,
  ): Promise<boolean> => {
    if (!caller.isAdmin) throw errors.request.forAdmins({ verb: 'update', resource: 'agent' });
    const hosts = await speakers.read(caller, speakerId, (db, _context, { id }) => speakingHostsOf(db, id));
    return hosts.includes(await chassisOf(agentId));
  };
}
