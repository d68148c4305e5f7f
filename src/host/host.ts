/** All that runs on a host beside OVN: the agent that guards instances' ports, and the services for the networks. */
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { CleanupStack } from '../base/index.ts';
import { METRICS_EVERY_MS } from '../host-contract/index.ts';
import { measureProcess, Registry } from '../metrics/index.ts';
import type { TlsFiles } from '../ovsdb/index.ts';
import { patchToIntegration, reachedBridgesOf, SwitchDatabase } from '../switch/index.ts';
import { BgpService } from './bgp/index.ts';
import { CertificateRenewal } from './certificate-renewal.ts';
import { DelegationService } from './delegation/index.ts';
import { TunnelEncryption, type TunnelEncryptionOptions } from './encryption/index.ts';
import { HostFacts } from './facts/index.ts';
import { FlowRefresh } from './flow-refresh.ts';
import { addressServerBy } from './guard/index.ts';
import { HostAgent } from './host-agent.ts';
import { keepGoing } from './keep-going.ts';
import { MetricsReporter } from './metrics-reporter.ts';
import { Nat64Service } from './nat64/index.ts';
import { Nptv6Agent } from './nptv6/index.ts';
import { OverlayAgent } from './overlay/index.ts';
import { PacketLogReporter } from './packet-log-reporter.ts';
import { PastGuardReporter } from './past-guard-reporter.ts';
import { instancePorts, portsHere } from './ports-here.ts';
import { ServerChannel } from './server-channel.ts';
import {
  AdvertisementService,
  AnycastHealth,
  Dhcpv4Service,
  Dhcpv6Service,
  DnsForwarder,
  DnsService,
  HostServices,
  MetadataService,
  machineServers,
  type NetworkService,
  type NovaOptions,
  novaUpstream,
  ownUpstream,
  RememberedUpstream,
  switchMemory,
} from './services/index.ts';
import { SessionExchange, type SessionExchangeOptions } from './session-exchange/index.ts';
import { AddressAnnouncer, NeighbourProxy, UpstreamDiscovery } from './upstream/index.ts';

export interface HostOptions {
  /** OVSDB remote of the switch's database. */
  readonly switchDatabase: string;
  /** Directory of the switch's sockets, OVS_RUNDIR. */
  readonly rundir: string;
  /** Network namespace of the switch; null is the process's own. */
  readonly switchNamespace: string | null;
  /** OVSDB remotes of the southbound database; the one that the switch's database names when left out. */
  readonly southbound?: string | undefined;
  readonly tls?: TlsFiles | undefined;
  /** Name of the network namespace for the services' devices. */
  readonly serviceNamespace: string;
  /** Unix socket on which the server answers the host on its machine; or, with `tls`, URL for others: `https://...`. */
  readonly server: string;
  /** Whether what it has run by others ends with it, too. */
  readonly endTogether?: boolean | undefined;
  /** The log file of this host's ovn-controller, where the service does not read it by itself. */
  readonly controllerLog?: string | undefined;
  /** Nova's metadata API; metadata is the server's when left out. */
  readonly novaMetadata?: NovaOptions | undefined;
  /** Addresses of DNS servers for names that are none of Sextant's; `machine` for the machine's own. */
  readonly dnsForwarders: readonly string[] | 'machine';
  readonly log: Logger;
}

/** A host that cannot be set up as asked. */
export class HostError extends Error {
  override readonly name = 'HostError';
}

export class Host {
  readonly #started: CleanupStack;

  private constructor(started: CleanupStack) {
    this.#started = started;
  }

  /**
   * Starts, and waits until every instance that is plugged in is guarded, and served where its network can be.
   * @throws HostError when it is not known where the southbound database is
   */
  static async start(options: HostOptions): Promise<Host> {
    const { switchDatabase, rundir, switchNamespace, serviceNamespace, log } = options;
    const started = new CleanupStack(log);
    try {
      const database = await SwitchDatabase.open(switchDatabase, log);
      started.push('connection to the switch', () => database.close());
      const here = portsHere(database);
      const host = database.setting('system-id') ?? hostname();
      const facts = await HostFacts.open({
        remote: options.southbound ?? southboundOf(database),
        here,
        ...(options.tls && { tls: options.tls }),
        log,
      });
      started.push('connection to the southbound database', () => facts.close());
      const channel = new ServerChannel(options.server, options.tls);
      started.push('channel to the service', () => channel.close());
      // The one on the service's own machine needs none.
      if (options.tls && options.server.startsWith('https:')) {
        const renewal = new CertificateRenewal({ tls: options.tls, channel, log });
        started.push('renewal of the certificate', () => renewal.stop());
      }
      const encryption = encryptionOf(options, { database, places: facts, host, channel });
      if (encryption) started.push('encryption of tunnels', () => encryption.stop());
      const metrics = new Registry();
      started.push('measuring', measureProcess(metrics));
      const followed = metrics.gauge({
        name: 'sextant_followed_ports',
        help: 'Ports of the southbound database that this host follows: those of networks that have instances here.',
      });
      started.push(
        'count of ports',
        metrics.beforeRead(() => followed.set(facts.size)),
      );
      const addresses = addressServerBy(channel);
      const agent = await HostAgent.start({ switchDatabase, rundir, facts, addresses, metrics, log });
      started.push('agent', () => agent.stop());
      const overlay = new OverlayAgent({ database, rundir, facts, places: facts, log });
      started.push('overlays', () => overlay.stop());
      const nptv6 = new Nptv6Agent({ database, rundir, facts, log });
      started.push('translations of prefixes', () => nptv6.stop());
      const services = await HostServices.start({
        database,
        facts,
        switchNamespace,
        namespace: serviceNamespace,
        services: servicesOf(options, database, channel, agent, metrics),
        metrics,
        log,
      });
      started.push('services', () => services.stop());
      const exchange = exchangeOf(options, { database, places: facts, host, channel });
      if (exchange) started.push('sessions of other hosts', () => exchange.stop());
      const nat64 = await Nat64Service.start({
        ...{ database, facts, rundir, exchange, switchNamespace, namespace: serviceNamespace, metrics, log },
      });
      started.push('NAT64', () => nat64.stop());
      const upstream = new UpstreamDiscovery({ database, facts, switchNamespace, host, channel, log });
      started.push('discovery of routers outside', () => upstream.stop());
      const delegation = new DelegationService({
        database,
        facts,
        rundir,
        switchNamespace,
        host,
        channel,
        log,
      });
      started.push('prefixes of routers', () => delegation.stop());
      const bgp = new BgpService({
        ...{ database, facts, rundir, switchNamespace, namespace: serviceNamespace, host, channel, log },
        outlive: options.endTogether !== true,
      });
      started.push('BGP', () => bgp.stop());
      const announcer = new AddressAnnouncer({ database, facts, rundir, log });
      started.push('announcer of addresses', async () => announcer.stop());
      const refresh = new FlowRefresh({ database, facts, rundir, log });
      started.push('refresh of flows', async () => refresh.stop());
      const proxy = new NeighbourProxy({ database, facts, switchNamespace, rundir, log });
      started.push('proxy of neighbours', () => proxy.stop());
      const reporter = new MetricsReporter({
        metrics,
        host,
        hostname: database.setting('hostname') ?? hostname(),
        configurations: () => configurationsOf(database, encryption),
        onChange: (listener) => database.onChange(listener),
        channel,
        everyMs: METRICS_EVERY_MS,
        log,
      });
      started.push('metrics reporter', () => reporter.stop());
      const misplaced = new PastGuardReporter(database, channel, log);
      started.push('report of what is past the guard', () => misplaced.stop());
      if (options.controllerLog !== undefined) {
        const packets = await PacketLogReporter.start({ file: options.controllerLog, channel, log });
        started.push('packet log', () => packets.stop());
      }
      started.push('last resort', keepGoing(metrics, log));
      return new Host(started);
    } catch (error) {
      await started.unwind();
      throw error;
    }
  }

  /** Ends all of it. Instances keep their connections, rules and addresses. */
  stop(): Promise<void> {
    return this.#started.unwind();
  }
}

/** Of tunnels: the host on the service's own machine has no certificate, and where it has hosts beside it no tunnels. */
function encryptionOf(
  { tls, server, rundir, switchNamespace, endTogether, log }: HostOptions,
  parts: Pick<TunnelEncryptionOptions, 'database' | 'places' | 'host' | 'channel'>,
): TunnelEncryption | undefined {
  if (tls === undefined || !server.startsWith('https:')) return undefined;
  return new TunnelEncryption({
    ...{ ...parts, tls, rundir, switchNamespace, outlive: endTogether !== true, log },
  });
}

/** With other hosts: they know each other by certificates, and reach each other where their processes are. */
function exchangeOf(
  { tls, server, switchNamespace, log }: HostOptions,
  parts: Omit<SessionExchangeOptions, 'tls' | 'log'>,
): SessionExchange | undefined {
  if (tls === undefined || !server.startsWith('https:') || switchNamespace !== null) return undefined;
  return new SessionExchange({ ...parts, tls, log });
}

/** What is served on every network. */
function servicesOf(
  { novaMetadata, dnsForwarders, log }: HostOptions,
  database: SwitchDatabase,
  channel: ServerChannel,
  agent: HostAgent,
  metrics: Registry,
): NetworkService[] {
  const isHere = (portId: string) => database.interface(patchToIntegration(portId)) !== undefined;
  const metadata = new RememberedUpstream(novaMetadata ? novaUpstream(novaMetadata) : ownUpstream(channel));
  const forwarders = dnsForwarders === 'machine' ? machineServers() : () => dnsForwarders;
  return [
    new AnycastHealth({ isHere, server: channel, log }),
    new MetadataService(metadata, log, metrics),
    new DnsService({ forwarder: new DnsForwarder(), forwarders, log, metrics }),
    new Dhcpv4Service(log, metrics),
    new Dhcpv6Service(
      switchMemory(database, log),
      (portId, address) => agent.registered(portId, address),
      log,
      metrics,
    ),
    new AdvertisementService(metrics),
  ];
}

/** What administrators are shown of a host. `devices` are those of instances, as Neutron's agents have it. */
const configurationsOf = (
  database: SwitchDatabase,
  encryption: TunnelEncryption | undefined,
): Record<string, string | number> => ({
  ...(encryption && { encryption: encryption.state, ipsec: encryption.capability }),
  devices: instancePorts(database).size,
  encapsulation: database.setting('ovn-encap-type') ?? '',
  encapsulation_address: database.setting('ovn-encap-ip') ?? '',
  bridge_mappings: Array.from(reachedBridgesOf(database), (pair) => pair.join(':')).join(','),
});

function southboundOf(database: SwitchDatabase): string {
  const remote = database.setting('ovn-remote');
  if (remote === undefined) {
    throw new HostError(
      "the switch's database does not say where the southbound database is: set external_ids:ovn-remote, or name it with --southbound",
    );
  }
  return remote;
}
