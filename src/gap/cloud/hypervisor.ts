/** Which of a cloud's hosts this machine's switch is, so that ports can be bound there. */
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { NeutronApiError, type NeutronClient } from '../../client/index.ts';
import { SwitchConnection, type SwitchHost } from '../../lab/index.ts';
import type { LabHost, TapHost } from '../kit/index.ts';

/** Milliseconds that a switch's database may take to answer. */
const SWITCH_PATIENCE_MS = 5_000;

/** An agent, as far as it is looked at. */
interface CloudAgent {
  readonly agent_type?: string;
  readonly host?: string;
  readonly configurations?: {
    readonly bridge_mappings?: Readonly<Record<string, string>>;
    readonly interface_mappings?: Readonly<Record<string, string>>;
  };
}

/** What an agent says that it is, where devices are put into Linux bridges. */
const LINUX_BRIDGES = 'Linux bridge agent';

/** The cloud has agents, and none of them on this host. */
export class NotAHostError extends Error {
  override readonly name = 'NotAHostError';
}

/**
 * What is needed to plug ports of the cloud into a switch.
 * @param admin lists agents and binds ports
 * @param wished name of the host, when it is not to be found out
 * @throws NotAHostError
 */
export async function findHypervisor(
  where: { readonly database: string; readonly namespace: string | null },
  admin: NeutronClient,
  wished: string | undefined,
  log: Logger,
): Promise<LabHost> {
  const facts = { ...where, bridge: 'br-int' };
  const connection = await SwitchConnection.open(facts, log, AbortSignal.timeout(SWITCH_PATIENCE_MS));
  try {
    const host = connection.host();
    const agents = await agentsOf(admin);
    const name = wished ?? hostOfSwitch(host, agents);
    const mappings = agents.find((agent) => agent.host === name)?.configurations?.bridge_mappings ?? {};
    const bridges = host.bridges.size > 0 ? host.bridges : new Map(Object.entries(mappings));
    return { switchDatabase: where.database, namespace: where.namespace, name, bridges };
  } finally {
    await connection.close();
  }
}

/**
 * This machine, where the cloud has an agent for its Linux bridges.
 * @param admin lists agents
 * @param wished name of the host, when it is not this machine's own
 */
export async function findTapHost(
  namespace: string | null,
  admin: NeutronClient,
  wished: string | undefined,
): Promise<{ readonly host: TapHost; readonly physicalNetwork: string | undefined } | undefined> {
  const name = wished ?? hostname();
  const agent = (await agentsOf(admin)).find((one) => one.host === name && one.agent_type === LINUX_BRIDGES);
  if (agent === undefined) return undefined;
  const [physicalNetwork] = Object.keys(agent.configurations?.interface_mappings ?? {});
  return { host: { name, namespace }, physicalNetwork };
}

/**
 * The name by which the cloud knows the switch's host.
 * @throws NotAHostError
 */
export function hostOfSwitch({ names }: SwitchHost, agents: readonly CloudAgent[]): string {
  const hosts = new Set(agents.flatMap(({ host }) => host ?? []));
  const [likeliest] = names;
  if (hosts.size === 0) return likeliest!;
  const known = names.find((name) => hosts.has(name));
  if (known !== undefined) return known;
  throw new NotAHostError(
    `The switch is that of ${names.join(' or ')}, and the cloud's hosts are ${[...hosts].join(', ')}: name one by --host.`,
  );
}

/** All agents; none where the API has no such list, or not for us. */
async function agentsOf(admin: NeutronClient): Promise<CloudAgent[]> {
  try {
    const answer = (await admin.request('GET', '/v2.0/agents')) as { agents?: CloudAgent[] };
    return answer.agents ?? [];
  } catch (error) {
    if (error instanceof NeutronApiError) return [];
    throw error;
  }
}
