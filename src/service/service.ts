/**
 * The service as a whole: store, API, engine, host agent and reconciler. The API is there as soon as it has a store;
 * what brings its answers about comes up behind it.
 */

import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type ApiOptions, buildApi, type ReadinessCheck } from '../api/index.ts';
import { CleanupStack } from '../base/index.ts';
import type { ServerEvent } from '../client/index.ts';
import {
  EmbeddedEngine,
  type EngineProcessState,
  type EngineSettings,
  lockStateDirectory,
  makePrivateDirectory,
  type ReconcilerStatus,
  SecurityGroupLog,
  type StateClaim,
} from '../engine/index.ts';
import { formatJoinToken, HOST_SOCKET } from '../host-contract/index.ts';
import { bootstrap, FIRST_ADMINISTRATOR, IdentityService } from '../identity/index.ts';
import { measureProcess, Registry } from '../metrics/index.ts';
import { Authority } from '../pki/index.ts';
import {
  followHosts,
  type Joining,
  maximumMtu,
  noteForNova,
  type Settings,
  type Store,
} from '../resources/index.ts';
import { StoreUnavailableError } from '../store/index.ts';
import { INSTANCE_BRIDGE } from '../switch/index.ts';
import { type Configuration, hostEnvironment } from './configuration.ts';
import { EngineThread } from './engine-thread.ts';
import { GatewayWatch } from './gateway-watch.ts';
import { startHostApi, startRemoteHostApi } from './host-api.ts';
import { HostDoor } from './host-door.ts';
import { requireEncryptableHosts } from './host-encryption.ts';
import { HostMetrics } from './host-metrics.ts';
import { hostProgram } from './host-process.ts';
import { watchHosts } from './host-watch.ts';
import { askKeystone, KeystoneTokens } from './keystone-tokens.ts';
import { announce, type LocalService } from './local-services.ts';
import { countNovaEvents, NovaEvents, novaOf } from './nova-events.ts';
import { openStore } from './open-store.ts';
import { SouthboundPlaces } from './port-places.ts';
import { statusOf } from './status.ts';
import { UninvitedHosts } from './uninvited-hosts.ts';
import { hostCheck, measureJournal, northboundCheck, ovnCheck, storeCheck } from './watched-parts.ts';

/** What there is to know of the local switch, for whoever plugs instances into it. */
export interface LocalHost {
  /** OVSDB remote of the switch's database. */
  readonly switchDatabase: string;
  /** Network namespace of the switch; null is the machine's. */
  readonly namespace: string | null;
  /** OVS_RUNDIR and OVN_RUNDIR for the tools of OVS and OVN. */
  readonly rundir: string;
  /** The file with what security groups let through and drop, as far as it is logged. */
  readonly securityGroupLog: string;
}

export interface Service {
  /** Base URL of the API: `http://[::1]:9696`. */
  readonly endpoint: string;
  /** The switch of the embedded engine; undefined with an external one. */
  readonly host: LocalHost | undefined;
  /** OVSDB remote of the northbound database. */
  readonly northbound: string;
  /** Version of OVN, such as `26.03.2`; undefined while it is not known. */
  ovnVersion(): string | undefined;
  /** Resolves when all that has been committed by now is in the northbound database. */
  settled(): Promise<void>;
  /** Stops everything but what outlives the service; what is on disk stays. */
  stop(): Promise<void>;
}

const settingsOf = ({ network, engine, quotas }: Configuration, joining?: Joining): Settings => ({
  knowsHosts: engine.mode === 'embedded',
  hearsSince: new Date(),
  joining,
  physicalNetworks: network.physicalNetworks,
  physicalMtu: network.mtu,
  underlayFamily: network.underlayFamily,
  encryptsTunnels: engine.encryption === 'ipsec',
  segmentRanges: network.segmentRanges,
  instanceBridge: INSTANCE_BRIDGE,
  quotas,
});

const hostFlags = (engine: EmbeddedEngine, server: string, logLevel: string): string[] => [
  ...['--switch-database', engine.switchDatabase, '--switch-rundir', engine.rundir],
  ...(engine.namespace === null ? [] : ['--switch-namespace', engine.namespace]),
  ...['--southbound', engine.southbound, '--service-namespace', engine.serviceNamespace],
  ...['--server', server, '--log-level', logLevel],
];

/** The service's authority, where there are hosts on other machines. */
const authorityOf = async ({ hosts, stateDir }: Configuration): Promise<Authority | undefined> =>
  hosts && Authority.open(join(stateDir, 'pki'));

/** What machines that are to join have to be told. */
function joiningOf({ hosts }: Configuration, authority: Authority | undefined): Joining | undefined {
  if (hosts === undefined || authority === undefined) return undefined;
  const { address, port } = hosts;
  const { fingerprint } = authority;
  return {
    server: `https://${address.includes(':') ? `[${address}]` : address}:${port}`,
    tokenOf: (token) => formatJoinToken({ ...token, fingerprint }),
  };
}

/** Who signs in, where anybody has to; the first administrator is made with the first start. */
async function identityOf(
  { authMode, auth }: Configuration,
  store: Store,
  log: Logger,
): Promise<IdentityService | undefined> {
  if (authMode !== 'builtin') return undefined;
  const identity = new IdentityService(store, { lifetimeMs: auth.tokenSeconds * 1_000 });
  const password = await bootstrap(identity, auth.adminPassword);
  if (password !== undefined)
    log.warn(
      { user: FIRST_ADMINISTRATOR, project: FIRST_ADMINISTRATOR, password },
      'the first administrator is made: the password is shown this once',
    );
  return identity;
}

/** The Keystone elsewhere that says whose tokens are, if there is one. */
function keystoneOf({ auth }: Configuration, started: CleanupStack, log: Logger): ApiOptions['keystone'] {
  if (auth.keystone === undefined) return undefined;
  const { ask, close } = askKeystone(auth.keystone);
  started.push('Keystone', close);
  const tokens = new KeystoneTokens(ask, (error) => log.warn({ err: error }, 'Keystone does not answer'));
  return { tokens, url: auth.keystone.url };
}

/** Has Nova told of its instances' ports, if that is wished for. */
async function tellNova(
  { nova, auth }: Configuration,
  endpoint: string,
  { store, metrics, started, log }: Pick<Surroundings, 'store' | 'started' | 'log'> & { metrics: Registry },
): Promise<void> {
  const count = countNovaEvents(metrics);
  if (nova === undefined) return store.transaction((tx) => noteForNova(tx, false));
  const client = novaOf(nova, auth.keystone, endpoint);
  started.push('connections to Nova', () => client.close());
  const tell = (events: readonly ServerEvent[]) => client.tell(events);
  const events = new NovaEvents({ store, tell, count, log: log.child({ part: 'Nova events' }) });
  started.push('events for Nova', () => events.stop());
  await events.start();
}

/** Only root may; without, tools have to be told where the switch is. */
function makeKnown(service: LocalService, started: CleanupStack, log: Logger): void {
  try {
    const withdraw = announce(service);
    started.push('announcement', withdraw);
  } catch (error) {
    log.debug({ err: error }, 'the service is not announced on this machine');
  }
}

/** What the reconciler needs to know of the engine, and whoever plugs instances in. */
interface Engine {
  readonly host: LocalHost | undefined;
  /** OVSDB remotes of the northbound database. */
  readonly remote: string;
  readonly settings: EngineSettings;
  readonly healthChecks: readonly ReadinessCheck[];
  /** OVN's processes on this machine; undefined when they are somebody else's. */
  processes(): readonly EngineProcessState[] | undefined;
}

/** What the parts of the service that start one after the other have in common. */
interface Surroundings {
  readonly store: Store;
  readonly settings: Settings;
  readonly hostMetrics: HostMetrics;
  /** Where there are hosts on other machines. */
  readonly authority: Authority | undefined;
  readonly started: CleanupStack;
  readonly log: Logger;
}

/** Starts OVN on this machine, which is its only host. */
async function startOnThisMachine(
  configuration: Configuration,
  claim: StateClaim,
  surroundings: Surroundings,
): Promise<Engine> {
  const { store, started, log, authority } = surroundings;
  const { hosts } = configuration;
  const embedded = await EmbeddedEngine.start({
    stateDir: claim,
    physicalNetworks: configuration.network.physicalNetworks,
    namespace: configuration.engine.namespace,
    hosts: hosts && authority && { ...hosts, port: hosts.southboundPort, tls: authority.files },
    programs: configuration.engine.programs,
    outlives: configuration.engine.outlives,
    log: log.child({ part: 'engine' }),
  });
  started.push('engine', () => embedded.leave());
  const { switchDatabase, rundir, namespace } = embedded;
  const securityGroupLog = join(configuration.stateDir, 'security-group.log');
  const packets = await SecurityGroupLog.start({
    store,
    controllerLog: embedded.controllerLog,
    file: securityGroupLog,
    log: log.child({ part: 'security group log' }),
  });
  started.push('security group log', () => packets.stop());
  const socket = configuration.hostSocket || join(rundir, 'host-api.sock');
  await openToHosts(socket, surroundings, hosts && embedded.chassis);
  const hostProcess = embedded.attend(
    hostProgram({
      flags: [
        ...hostFlags(embedded, socket, log.level),
        ...(configuration.engine.outlives ? [] : ['--end-together']),
      ],
      environment: hostEnvironment(configuration),
    }),
  );
  started.push('host process', () => hostProcess.leave());
  const { encryption } = configuration.engine;
  if (hosts && authority)
    await openToOthers({ embedded, packets }, { ...hosts, encryption }, authority, surroundings);
  const ordinaryMtu = maximumMtu('geneve', settingsOf(configuration));
  return {
    host: { switchDatabase, rundir, namespace, securityGroupLog },
    remote: embedded.northbound,
    settings: {
      // Without hosts elsewhere TCP comes segmented by nobody.
      packetTooBigBelow: embedded.datapath === 'netdev' && !hosts ? ordinaryMtu : Number.POSITIVE_INFINITY,
      ...(hosts && { tunnelMtu: ordinaryMtu }),
    },
    healthChecks: [ovnCheck(() => embedded.processes()), hostCheck(hostProcess)],
    processes: () => embedded.processes(),
  };
}

/** Whoever runs an OVN deployment runs `sextant host` on its hosts. */
async function startForExternal(
  { engine, hostSocket }: Configuration,
  surroundings: Surroundings,
): Promise<Engine> {
  await openToHosts(hostSocket || HOST_SOCKET, surroundings);
  return {
    host: undefined,
    remote: engine.northbound,
    settings: { packetTooBigBelow: Number.POSITIVE_INFINITY, seesSwitches: true },
    healthChecks: [],
    processes: () => undefined,
  };
}

/**
 * Takes the state directory before anything in it is opened, or even brought up to date: an older release may be
 * running there. What it holds is users' data, so nobody else may look.
 */
function claimState(
  { stateDir, engine, storeUrl }: Configuration,
  started: CleanupStack,
): StateClaim | undefined {
  makePrivateDirectory(stateDir);
  if (engine.mode === 'embedded') {
    const claim = EmbeddedEngine.claim(join(stateDir, 'engine'));
    started.push('claim of the state directory', () => claim.release());
    return claim;
  }
  // Any number of processes share a PostgreSQL database.
  if (storeUrl.startsWith('sqlite:'))
    started.push('claim of the state directory', lockStateDirectory(stateDir));
  return undefined;
}

/** @param chassis of the host on this machine, where there are others */
async function openToHosts(
  socket: string,
  { store, settings, hostMetrics, started, log }: Surroundings,
  chassis?: string,
): Promise<void> {
  const hostApi = await startHostApi({
    ...{ store, settings, hostMetrics, socket, chassis },
    log: log.child({ part: 'host API' }),
  });
  started.push('host API', () => hostApi.close());
}

/** Answers hosts on other machines. */
async function openToOthers(
  { embedded, packets }: { readonly embedded: EmbeddedEngine; readonly packets: SecurityGroupLog },
  hosts: NonNullable<Configuration['hosts']> & Pick<Configuration['engine'], 'encryption'>,
  authority: Authority,
  { store, settings, hostMetrics, started, log: parent }: Surroundings,
): Promise<void> {
  const log = parent.child({ part: 'remote host API' });
  const places = await SouthboundPlaces.open(embedded.southbound, log);
  started.push('connection to the southbound database', () => places.close());
  const gateways = new GatewayWatch({ places, store, log: parent.child({ part: 'gateways' }) });
  started.push('watch of gateways', () => gateways.stop());
  const uninvited = new UninvitedHosts({ places, log: parent.child({ part: 'uninvited hosts' }) });
  started.push('watch for uninvited hosts', () => uninvited.stop());
  const door = new HostDoor({ authority, store, expel: (chassis) => embedded.expelHosts(chassis), log });
  started.push('door for hosts', () => door.stop());
  const shared = { store, settings, hostMetrics, log };
  const api = await startRemoteHostApi({ ...hosts, door, places, packets, ...shared });
  started.push('remote host API', () => api.close());
  log.info({ address: hosts.address, port: hosts.port }, 'hosts on other machines are listened for');
}

/** The engine's hold on OVN, as it is seen by who may ask before it has one. */
class ComingUp implements Pick<EngineThread, 'status' | 'ovnVersion'> {
  thread: EngineThread | undefined;
  processes: Engine['processes'] = () => undefined;

  get ovnVersion(): string | undefined {
    return this.thread?.ovnVersion;
  }

  /** @throws Error that says so while it is not there */
  async status(): Promise<ReconcilerStatus> {
    if (this.thread) return this.thread.status();
    throw new Error("the engine is starting: OVN's northbound database is not reached yet");
  }
}

/** Serves the API, as it can be before anything stands behind the store. */
async function startApi(
  { listen }: Configuration,
  options: ApiOptions,
): Promise<{ endpoint: string; close: () => Promise<void> }> {
  const api = await buildApi(options);
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= api.close());
  try {
    await api.listen(listen);
  } catch (error) {
    await close();
    throw error;
  }
  const { address, family, port } = api.server.address() as AddressInfo;
  return { endpoint: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`, close };
}

/**
 * Starts the service. The API answers as soon as the store is open; this resolves when what is asked of it reaches
 * OVN. Whether hosts can serve their networks does not matter then. A PostgreSQL that goes away meanwhile is waited for.
 * @param signal gives up: what has been started is stopped, as soon as the part that is starting can be
 * @throws StoreError, StateDirectoryError, OvsdbError, ... when a part cannot start; the others are stopped then
 */
export async function openService(
  configuration: Configuration,
  log: Logger,
  signal?: AbortSignal,
): Promise<Service> {
  for (;;) {
    try {
      return await startOnce(configuration, log, signal);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || configuration.storeUrl.startsWith('sqlite:'))
        throw error;
      signal?.throwIfAborted();
      log.warn({ reason: error.message }, 'the database went away: starting again');
    }
  }
}

async function startOnce(configuration: Configuration, log: Logger, signal?: AbortSignal): Promise<Service> {
  const started = new CleanupStack(log);
  const metrics = new Registry();
  started.push('measuring', measureProcess(metrics));
  try {
    const claim = claimState(configuration, started);
    const store = await openStore({ url: configuration.storeUrl, log, signal });
    started.push('store', () => store.close());
    measureJournal(metrics, store);
    // An earlier release did not say where they are.
    await store.transaction((tx) => followHosts(tx));
    if (configuration.engine.encryption !== 'none') await requireEncryptableHosts(store);
    const watch = watchHosts(store, log.child({ part: 'hosts' }));
    started.push('watch of hosts', () => watch.stop());
    signal?.throwIfAborted();

    const hostMetrics = new HostMetrics();
    metrics.addSource(() => hostMetrics.read(performance.now()));
    const engine = new ComingUp();
    const healthChecks = [storeCheck(store), northboundCheck(engine)];
    const authority = await authorityOf(configuration);
    const identity = await identityOf(configuration, store, log);
    const apiSettings = settingsOf(configuration, joiningOf(configuration, authority));
    const api = await startApi(configuration, {
      store,
      settings: apiSettings,
      identity,
      keystone: keystoneOf(configuration, started, log),
      publicUrl: configuration.auth.publicUrl,
      healthChecks,
      status: () =>
        statusOf({ healthChecks, store, northbound: engine, hostMetrics, processes: engine.processes() }),
      metrics,
      log: log.child({ part: 'api' }),
    });
    started.push('API', api.close);
    const { endpoint } = api;
    log.info({ endpoint }, 'Sextant serves');

    await tellNova(configuration, endpoint, { store, metrics, started, log });

    const surroundings = { store, settings: apiSettings, hostMetrics, authority, started, log };
    const {
      host,
      remote,
      settings,
      healthChecks: engineChecks,
      processes,
    } = claim
      ? await startOnThisMachine(configuration, claim, surroundings)
      : await startForExternal(configuration, surroundings);
    healthChecks.push(...engineChecks);
    engine.processes = processes;
    signal?.throwIfAborted();
    const { tls } = configuration.engine;
    const thread = await EngineThread.start({
      ...{ store, storeUrl: configuration.storeUrl, remote, tls, settings, metrics, log, signal },
    });
    started.push('reconciler', () => thread.stop());
    engine.thread = thread;
    // The first to end: nobody is told that something was done when nobody does it any more.
    started.push('API', api.close);
    makeKnown({ endpoint, pid: process.pid, northbound: remote, host: host ?? null }, started, log);
    log.info('the engine is up');
    return {
      endpoint,
      host,
      northbound: remote,
      ovnVersion: () => thread.ovnVersion,
      settled: () => thread.settled(),
      stop: async () => {
        await started.unwind();
        if (claim && configuration.engine.outlives)
          log.info(
            `OVN and the host process go on: "sextant stop --state ${configuration.stateDir}" ends them`,
          );
      },
    };
  } catch (error) {
    await started.unwind();
    throw error;
  }
}
