/** The API that the gap analysis tries, and the switch that it plugs instances into. */

import type { Logger } from 'pino';
import type { Family } from '../addressing/index.ts';
import { NeutronApiError, NeutronClient } from '../client/index.ts';
import { answerMs, type GapOptions } from '../gap/index.ts';
import { setPatience } from '../lab/index.ts';
import { findLocalService, type Service, type ServiceStatus } from '../service/index.ts';
import { type ConnectionFlags, connect } from './connection.ts';
import { UsageError } from './errors.ts';
import { type GapCloudFlags, readyCloud } from './gap-cloud.ts';
import { LabHosts } from './lab-hosts.ts';
import { startPrivateService } from './private-service.ts';
import type { Terminal } from './terminal.ts';

/** What the runner needs to know of the API; `Symbol.asyncDispose` ends what was started for it. */
export type GapTarget = Pick<
  GapOptions,
  'endpoint' | 'engine' | 'claims' | 'host' | 'furtherHosts' | 'site' | 'clientFor' | 'cloud' | 'run'
> &
  AsyncDisposable;

/** How many hosts there are to be, if several, and the IP version of what is between them. */
export interface HostsFlag {
  readonly hosts?: number;
  readonly underlay?: '6' | '4';
}

const EMBEDDED = 'embedded';

/** The API that the flags or the environment name; without any, a Sextant that is started for this. */
export async function openGapTarget(
  connection: ConnectionFlags,
  flags: GapCloudFlags & HostsFlag,
  terminal: Terminal,
  log: Logger,
  signal: AbortSignal,
): Promise<GapTarget> {
  const { hosts, underlay, patience = 1 } = flags;
  setPatience(patience);
  const named = connection.cloud ?? connection.endpoint ?? (terminal.env.SEXTANT_ENDPOINT || undefined);
  if (hosts !== undefined && named !== undefined) {
    throw new UsageError(
      '--hosts has hosts on machines of a lab: that takes a Sextant of its own. Leave the endpoint out.',
    );
  }
  if (hosts !== undefined) return hostsTarget(hosts, underlay === '4' ? 4 : 6, log);
  if (named === undefined) return serviceTarget(await startPrivateService(log));
  const { client } = connect(connection, terminal, answerMs);
  if (!(await isSextant(client))) {
    const ready = await readyCloud(client, connection, flags, terminal, log, signal);
    return { ...ready, engine: 'unknown', claims: false };
  }
  const version = await versionOf(client);
  client.close();
  const local = connection.cloud === undefined ? findLocalService(named) : undefined;
  const host =
    flags.switch === undefined
      ? (local?.host ?? undefined)
      : { switchDatabase: flags.switch, namespace: flags.switchNamespace ?? null };
  return {
    endpoint: named,
    engine: ovnText(version, local?.host ? EMBEDDED : 'external'),
    claims: true,
    host,
    clientFor: (projectId, role) =>
      connection.cloud === undefined
        ? clientAs(named, projectId, role)
        : NeutronClient.ofCloud(connection.cloud),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** A service in this process, with as many hosts on machines of a lab, over which instances are spread. */
async function hostsTarget(count: number, family: Family, log: Logger): Promise<GapTarget> {
  const hosts = await LabHosts.open(log, family);
  try {
    const machines = await hosts.join(Array.from({ length: count }, (_, index) => `h${index + 1}`));
    const [host, ...furtherHosts] = machines.map((machine) => hosts.hostOn(machine));
    return {
      ...serviceTarget(hosts.service),
      host,
      furtherHosts,
      [Symbol.asyncDispose]: () => hosts[Symbol.asyncDispose](),
    };
  } catch (error) {
    await hosts[Symbol.asyncDispose]();
    throw error;
  }
}

/** A service in this process, which is stopped when the target is disposed of. */
export function serviceTarget(service: Service): GapTarget {
  return {
    endpoint: service.endpoint,
    engine: ovnText(service.ovnVersion(), EMBEDDED),
    claims: true,
    host: service.host,
    clientFor: (projectId, role) => clientAs(service.endpoint, projectId, role),
    [Symbol.asyncDispose]: () => service.stop(),
  };
}

const ovnText = (version: string | undefined, where: string): string =>
  [['OVN', version].filter(Boolean).join(' '), where].join(', ');

/** The version of OVN; undefined where it is not known, or the caller is no administrator. */
async function versionOf(client: NeutronClient): Promise<string | undefined> {
  try {
    const { engine } = (await client.request('GET', '/status')) as Partial<ServiceStatus>;
    return engine?.ovn_version ?? undefined;
  } catch (error) {
    if (error instanceof NeutronApiError) return undefined;
    throw error;
  }
}

/** A client that says by headers who it is, as `auth.mode: none` has it. */
const clientAs = (endpoint: string, projectId: string, role: string): NeutronClient =>
  NeutronClient.at(endpoint, { headers: { 'X-Project-Id': projectId, 'X-Roles': role } });

/** Sextant describes itself; what does not is another Neutron. */
async function isSextant(client: NeutronClient): Promise<boolean> {
  try {
    const description = await client.request('GET', '/openapi.json');
    return JSON.stringify(description).includes('"title":"Sextant"');
  } catch (error) {
    if (error instanceof NeutronApiError) return false;
    throw error;
  }
}
