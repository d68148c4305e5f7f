/** A cloud for the gap analysis that is not a Sextant of this machine: looked at, agreed to, and made ready. */
import { existsSync } from 'node:fs';
import type { Logger } from 'pino';
import { type Cloud as CloudEntry, loadCloud, NeutronClient } from '../client/index.ts';
import {
  answerMs,
  chooseServers,
  findHypervisor,
  findLeftovers,
  findTapHost,
  givenProjects,
  type InstanceSite,
  type LabHost,
  makeProjects,
  measurePatience,
  NAME_PREFIX,
  newRun,
  openServers,
  type Projects,
  planOf,
  type Rights,
  refusalOfIpv6,
  removeLeftovers,
  type ServerChoice,
  ServerChoiceError,
  type ServerSite,
  type Survey,
  serverPlan,
  surveyCloud,
  TapSite,
  type TriedCloud,
  tightQuotas,
  tightRoom,
  UnreachableError,
} from '../gap/index.ts';
import { setLag, setPatience } from '../lab/index.ts';
import type { ConnectionFlags } from './connection.ts';
import { CommandFailure, UsageError } from './errors.ts';
import type { Terminal } from './terminal.ts';

/** The flags of `sextant gap` that say where instances are plugged in, and what may be done in other clouds. */
export interface GapCloudFlags {
  /** OVSDB remote of the switch, if it is not that of a Sextant here. */
  switch?: string;
  switchNamespace?: string;
  otherCloud?: string;
  /** Name of the host that the switch is on. */
  host?: string;
  yes?: true;
  /** How many times longer than usual everything may take, instead of what is measured. */
  patience?: number;
  /** Whether servers of the cloud have the devices of instances. */
  instances?: 'switch' | 'nova';
  image?: string;
  flavor?: string;
  reach?: string;
}

/** Agents of a cloud that is not idle take seconds over a router or a rule. */
const LAG_MS = 30_000;

/** Where Debian's Open vSwitch listens, and most others. */
const SYSTEM_SWITCH = '/run/openvswitch/db.sock';

/** A cloud that is ready; what was made for that goes when it is disposed of. */
export interface ReadyCloud extends AsyncDisposable {
  readonly endpoint: string;
  readonly cloud: TriedCloud;
  readonly host: LabHost | undefined;
  readonly site: InstanceSite | undefined;
  readonly run: string;
  clientFor(projectId: string): NeutronClient;
}

/** The entry in clouds.yaml that is meant, if one is. */
export const entryOf = ({ cloud }: ConnectionFlags): CloudEntry | undefined =>
  cloud === undefined ? undefined : loadCloud(cloud);

/**
 * Says what will be made, and makes what is needed beforehand.
 * @param client of the cloud; it is closed in the end
 * @throws UsageError without `--yes`
 */
export async function readyCloud(
  client: NeutronClient,
  connection: ConnectionFlags,
  flags: GapCloudFlags,
  terminal: Terminal,
  log: Logger,
  signal: AbortSignal,
): Promise<ReadyCloud> {
  const entry = entryOf(connection);
  const survey = await surveyCloud(client, entry);
  const { rights } = survey;
  const run = newRun();
  await using made = new AsyncDisposableStack();
  made.defer(async () => client.close());
  const choice = await serversFor(survey, entry, flags);
  const tapSite = choice === undefined ? await tapSiteFor(survey, flags) : undefined;
  if (tapSite !== undefined) made.use(tapSite);
  const host = (choice ?? tapSite) ? undefined : await hostFor(survey, flags, log);
  const say = (line: string): void => terminal.err(`${line}\n`);
  for (const line of planOf(survey, flags.otherCloud)) say(line);
  const count = rights === 'member' && flags.otherCloud === undefined ? 1 : 2;
  const places = choice ? serverPlan(choice, count) : [tapSite ? TAPS : whereTo(host)];
  for (const line of places) say(line);
  const given =
    rights === 'member'
      ? made.use(await givenProjects({ name: connection.cloud!, client }, flags.otherCloud))
      : undefined;
  for (const project of given?.list ?? []) {
    for (const line of project ? await tightQuotas(project.client, project.id) : []) say(line);
  }
  for (const line of given && choice ? tightRoom(choice) : []) say(line);
  if (flags.yes === undefined) throw new UsageError('Nothing has been made. Add --yes to have it made.');
  const projects = rights === 'admin' ? made.use(await makeProjects(entry!, client, run)) : given;
  const actors = projects?.list.filter((project) => project !== undefined).map((project) => project.client);
  made.defer(() => removeRest(rights === 'member' && actors ? actors : [client], entry, run));
  const first = projects?.list[0];
  const [actor, projectId] = [first?.client ?? client, first?.id ?? `${NAME_PREFIX}${run}`];
  const patience =
    flags.patience ?? (await measurePatience(actor, survey, `${NAME_PREFIX}${run}-patience`, projectId));
  setPatience(patience);
  setLag(LAG_MS);
  if (patience > 1) say(`The cloud is slow: everything is given ${patience} times as long.`);
  const ipv6Refusal = await refusalOfIpv6(actor, survey, `${NAME_PREFIX}${run}-ipv6`, projectId);
  const servers = await siteFor(projects, choice, survey, run, say, signal);
  if (servers !== undefined) made.use(servers);
  const owned = made.move();
  return {
    endpoint: survey.endpoint,
    cloud: {
      capabilities: survey.capabilities,
      ipv6Refusal,
      projects: projects?.list,
      admin: rights === 'admin' ? client : undefined,
    },
    host,
    site: servers ?? tapSite,
    run,
    clientFor: () => NeutronClient.at(survey.endpoint, { timeoutMs: answerMs }),
    // What a run found out is not lost for what it could not remove.
    [Symbol.asyncDispose]: () =>
      owned.disposeAsync().catch((error: unknown) => {
        log.debug({ err: error }, 'what a run made could not all be removed');
        say(`Not all of run ${run} could be removed: sextant gap clean --run ${run} lists what is left.`);
      }),
  };
}

/**
 * Removes what use cases made and could not remove, or never knew of: the answer to a request may be lost.
 * @throws CommandFailure when something is left
 */
async function removeRest(
  clients: readonly NeutronClient[],
  entry: CloudEntry | undefined,
  run: string,
): Promise<void> {
  for (const client of clients) {
    const rest = (await findLeftovers(client, entry, run)).filter(
      ({ kind }) => kind !== 'user' && kind !== 'project',
    );
    const failed = await removeLeftovers(client, entry, rest);
    if (failed.length > 0) throw new CommandFailure(failed.map(({ reason }) => reason).join('\n'));
  }
}

/** Where instances are, for whoever has to agree. */
const whereTo = (host: LabHost | undefined): string =>
  host === undefined ? NO_SWITCH : `Instances are plugged in on host ${host.name}.`;
const TAPS = "Instances' devices are taken by the agent for Linux bridges here.";

/** This machine, if the cloud has an agent for its Linux bridges. */
async function tapSiteFor(
  { client, rights }: Pick<Survey, 'client' | 'rights'>,
  { switch: database, switchNamespace, host }: GapCloudFlags,
): Promise<TapSite | undefined> {
  if (rights === 'member' || database !== undefined) return undefined;
  const found = await findTapHost(switchNamespace ?? null, client, host);
  return found && new TapSite(found.host, found.physicalNetwork);
}

/**
 * The servers that are wished for, if they are; nothing is made yet.
 * @throws UsageError where they cannot be had
 */
async function serversFor(
  { client }: Pick<Survey, 'client'>,
  entry: CloudEntry | undefined,
  { instances, image, flavor, reach }: GapCloudFlags,
): Promise<ServerChoice | undefined> {
  if (instances !== 'nova') return undefined;
  if (entry === undefined) throw new UsageError('--instances nova takes a cloud of clouds.yaml: --cloud.');
  if (image === undefined || flavor === undefined || reach === undefined) {
    throw new UsageError('--instances nova takes --image, --flavor and --reach.');
  }
  try {
    return await chooseServers(entry, client, { image, flavor, reach });
  } catch (error) {
    if (error instanceof ServerChoiceError || error instanceof UnreachableError)
      throw new UsageError(error.message);
    throw error;
  }
}

/** Boots the servers, and says so. */
async function siteFor(
  projects: Projects | undefined,
  choice: ServerChoice | undefined,
  { capabilities }: Pick<Survey, 'capabilities'>,
  run: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<ServerSite | undefined> {
  if (projects === undefined || choice === undefined) return undefined;
  const list = projects.list.filter((project) => project !== undefined);
  say('Booting a server in each project: minutes, where a cloud is slow.');
  const site = await openServers(list, choice, capabilities, run, signal);
  const trouble = await site.trouble();
  say(trouble ?? 'The servers answer.');
  return site;
}

const NO_SWITCH = 'Nothing can be plugged in on this machine: what the API alone shows is judged.';

/** Where ports can be plugged in: the switch that is named, or that of the machine if it is a host of the cloud. */
async function hostFor(
  { client, rights }: Pick<Survey, 'client'> & { readonly rights: Rights },
  flags: GapCloudFlags,
  log: Logger,
): Promise<LabHost | undefined> {
  if (rights === 'member') return undefined;
  const { switch: database, switchNamespace: namespace = null } = flags;
  if (database !== undefined) return findHypervisor({ database, namespace }, client, flags.host, log);
  if (!existsSync(SYSTEM_SWITCH)) return undefined;
  try {
    return await findHypervisor(
      { database: `unix:${SYSTEM_SWITCH}`, namespace: null },
      client,
      flags.host,
      log,
    );
  } catch (error) {
    // It is somebody else's switch, or nobody's.
    log.info({ err: error }, 'the switch of this machine is not used');
    return undefined;
  }
}
