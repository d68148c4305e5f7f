/** One run of one use case: the tenants that it plays, what it sees, and what is to be removed in the end. */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { Mac } from '../../addressing/index.ts';
import {
  type Answered,
  Capabilities,
  type Create,
  lackOf,
  type Need,
  type NeutronClient,
  type Query,
  type ResourceName,
  type Update,
} from '../../client/index.ts';
import {
  type Cable,
  type Capture,
  type InstanceInterface,
  type LabInstance,
  type Observation,
  TcpEcho,
  UdpEcho,
} from '../../lab/index.ts';
import type { Frame } from '../../packets/index.ts';
import { Belongings } from './belongings.ts';
import type { TriedCloud } from './cloud.ts';
import { hasOpenstack, openstackCommand, sextantCommand } from './command-lines.ts';
import type { Evidence } from './evidence.ts';
import { type BootedServer, type InstanceSite, NotWiredError, untilActive } from './instance-site.ts';
import { keepFrames } from './kept-frames.ts';
import type { LabHost } from './lab-host.ts';
import { ignoringGone, PHYSICAL_NETWORK, removeSecurityGroups, Tenant } from './tenant.ts';
import { type Topology, TopologyRecord, type UnusualPlace } from './topology.ts';
import { UntriableError } from './untriable-error.ts';

/** What a trial needs from whoever runs it. */
export interface TrialOptions {
  /** URL of the API, for the use cases that run the `sextant` command. */
  readonly endpoint: string;
  /** A client that acts in a project of this id: as a member of it, or as an administrator. */
  clientFor(projectId: string, role: 'member' | 'admin'): NeutronClient;
  /** Whether it is Sextant: what that does beyond RFCs and Neutron is tried there alone. */
  readonly claims: boolean;
  readonly cloud?: TriedCloud | undefined;
  readonly outputDir?: string | undefined;
  /** Is told of each piece of evidence as it comes. */
  onEvidence?(evidence: Evidence): void;
  readonly log: Logger;
}

/** What the parts of a trial share. */
interface TrialContext {
  /** Of the use case. */
  readonly id: string;
  /** Tells this run's projects from those of others at the same API. */
  readonly run: string;
  readonly options: TrialOptions;
  readonly site: InstanceSite | undefined;
  /** Ends the trial at its next step. */
  readonly signal: AbortSignal;
  readonly admin: NeutronClient;
  readonly belongings: Belongings;
  /** Who is played, by name and project. */
  readonly tenants: Map<string, Tenant>;
  readonly record: TopologyRecord;
  /** The host that instances are on; left out, they are spread. */
  readonly host?: LabHost;
}

/** A port's id, and what plugs it into an instance. */
type Plug = readonly [string, (site: InstanceSite, instance: LabInstance) => Promise<unknown>];

/** How everything begins that a run makes; a run's own number follows. */
export const NAME_PREFIX = 'sextant-gap-';

/** The administrator of a cloud, or who has to do without the rights of one. */
const adminOf = ({ admin, projects }: TriedCloud): NeutronClient => admin ?? projects![0].client;

/** One of the trial's own, in a project of its own. */
function ownAdmin({
  id,
  run,
  options,
  belongings,
}: Pick<TrialContext, 'id' | 'run' | 'options' | 'belongings'>): NeutronClient {
  const projectId = `gap-${run}-${id}`;
  const admin = options.clientFor(projectId, 'admin');
  belongings.removeLater(async () => admin.close());
  belongings.removeLater(() => removeSecurityGroups(admin, projectId));
  return admin;
}

export class Trial {
  readonly #context: TrialContext;
  readonly #shown: (Evidence | Trial)[] = [];
  readonly #untried: string[] = [];
  readonly #notShown: string[] = [];

  private constructor(context: TrialContext) {
    this.#context = context;
  }

  /** Begins a trial; `end` must follow. */
  static begin({
    id,
    run,
    options,
    site,
    signal,
  }: Omit<TrialContext, 'admin' | 'belongings' | 'tenants' | 'record'>): Trial {
    const belongings = new Belongings(signal);
    const admin = options.cloud?.projects
      ? adminOf(options.cloud)
      : ownAdmin({ id, run, options, belongings });
    const record = new TopologyRecord();
    return new Trial({ id, run, options, site, signal, admin, belongings, tenants: new Map(), record });
  }

  /** What was seen, in the order of the parts. */
  get evidence(): Evidence[] {
    return this.#shown.flatMap((item) => (item instanceof Trial ? item.evidence : item));
  }

  /** On what it was tried, as far as it was made for that; undefined when it was nothing. */
  get topology(): Topology | undefined {
    return this.#context.record.topology;
  }

  /** Whether this is Sextant: what it does beyond RFCs and Neutron is tried there alone. */
  get isSextant(): boolean {
    return this.#context.options.claims;
  }

  /** Whether the API has a resource, or takes an attribute. */
  can(need: Need): boolean {
    return (this.#context.options.cloud?.capabilities ?? Capabilities.whole).has(need);
  }

  /**
   * What comes next takes these of the API.
   * @throws UntriableError that says what the API lacks
   */
  demand(...needs: readonly Need[]): void {
    const lack = needs.find((need) => !this.can(need));
    if (lack !== undefined) throw new UntriableError(lackOf(lack));
  }

  /** What the evidence cannot show here, and which does not make it less: a sentence each. */
  get notShown(): string[] {
    const parts = this.#shown.flatMap((item) => (item instanceof Trial ? item.notShown : []));
    return [...new Set([...this.#notShown, ...parts])];
  }

  /** Puts down what is beyond the use case's own words, and is not tried here. */
  leaveOut(sentence: string): void {
    this.#notShown.push(sentence);
  }

  /** What could not be tried on this machine, a sentence each. */
  get untried(): string[] {
    return [...this.#untried, ...this.#shown.flatMap((item) => (item instanceof Trial ? item.untried : []))];
  }

  /**
   * Does the same for each of `settings` at the same time; the evidence has their order all the same. A part that
   * cannot be tried here is one piece of evidence that failed, unless none of them can. Of a cloud that is not Sextant
   * nothing is known by that.
   * @throws what one of them threw, when all have ended
   */
  async each<T>(settings: readonly T[], act: (part: Trial, setting: T) => Promise<void>): Promise<void> {
    const parts = settings.map(() => new Trial(this.#context));
    this.#shown.push(...parts);
    const outcomes = await Promise.allSettled(settings.map((setting, index) => act(parts[index]!, setting)));
    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : undefined));
    // What a slow cloud has not plugged in says nothing of it, nor of its other parts.
    const isUntried = (reason: unknown): reason is Error =>
      reason instanceof UntriableError || (!this.isSextant && reason instanceof NotWiredError);
    const grave = reasons.find((reason) => reason !== undefined && !isUntried(reason));
    if (grave !== undefined) throw grave;
    if (reasons.every(isUntried)) throw reasons[0];
    for (const [index, reason] of reasons.entries()) {
      if (!isUntried(reason)) continue;
      if (!this.isSextant) {
        parts[index]!.couldNotTry(reason.message);
        continue;
      }
      const what = `part ${index + 1} of ${settings.length}`;
      parts[index]!.show({ what, expected: 'it can be tried', seen: reason.message, ok: false });
    }
  }

  /** The hosts that instances can be on, where there is a choice. */
  get hosts(): readonly LabHost[] {
    return this.#context.site?.hosts ?? [];
  }

  /** The same trial, its instances on one of `hosts`. */
  on(host: LabHost): Trial {
    const part = new Trial({ ...this.#context, host });
    this.#shown.push(part);
    return part;
  }

  /** The file of this host with what security groups let through and drop, where there is one. */
  get securityGroupLog(): string | undefined {
    return this.#context.site?.securityGroupLog;
  }

  /** Makes what is for administrators to make; it is removed when the trial ends. */
  async makeAsAdmin<N extends ResourceName>(name: N, wish: Create<N>): Promise<Answered<N>> {
    const { admin, belongings, record } = this.#context;
    const made = await belongings.make(
      () => admin.create(name, wish),
      ({ id }) => ignoringGone(() => admin.delete(name, id)),
    );
    record.of().made(name, made, wish);
    return made;
  }

  /** A resource as administrators see it. */
  showAsAdmin<N extends ResourceName>(name: N, id: string): Promise<Answered<N>> {
    return this.#context.admin.show(name, id);
  }

  /** What administrators are shown of the resources of a kind. */
  listAsAdmin<N extends ResourceName>(name: N, query?: Query): Promise<Answered<N>[]> {
    return this.#context.admin.list(name, query);
  }

  /** Changes a resource as an administrator; it is changed back when the trial ends. */
  async changeAsAdmin<N extends ResourceName>(
    name: N,
    id: string,
    changes: Update<N>,
    back: Update<N>,
  ): Promise<void> {
    const { admin, belongings } = this.#context;
    await belongings.make(
      async () => void (await admin.update(name, id, changes)),
      async () => void (await admin.update(name, id, back)),
    );
  }

  /** An action of a resource, as an administrator. */
  async actAsAdmin(name: ResourceName, id: string, action: string, body: object): Promise<void> {
    await this.#context.admin.act(name, id, action, body);
  }

  /** Removes what an administrator made. */
  deleteAsAdmin(name: ResourceName, id: string): Promise<void> {
    return this.#context.admin.delete(name, id);
  }

  /**
   * A tenant that nobody else plays, the same one at each call; where there are but a few projects, it is in one of these.
   * @param project the second is somebody else's, who sees nothing of the first
   * @throws UntriableError when there is no second one
   */
  tenant(name: string, project: 'first' | 'second' = 'first'): Tenant {
    const { tenants } = this.#context;
    const key = `${project} ${name}`;
    const tenant = tenants.get(key) ?? this.#newTenant(name, project);
    tenants.set(key, tenant);
    return tenant;
  }

  #newTenant(name: string, project: 'first' | 'second'): Tenant {
    const { id, run, options, admin, belongings, site, record } = this.#context;
    const { cloud } = options;
    const prefix = `${NAME_PREFIX}${run}-`;
    const shared = {
      admin,
      capabilities: cloud?.capabilities ?? Capabilities.whole,
      physicalNetwork: site?.physicalNetwork ?? PHYSICAL_NETWORK,
      mark: { prefix, tag: cloud && NAME_PREFIX.slice(0, -1) },
    };
    if (cloud?.projects === undefined) {
      const projectId = `gap-${run}-${id}-${name}`;
      const client = options.clientFor(projectId, 'member');
      return new Tenant({ ...shared, projectId, client, isShared: false }, belongings, record.of(name));
    }
    const played = cloud.projects[project === 'first' ? 0 : 1];
    if (played === undefined) throw new UntriableError('There is one project: nobody else can be played.');
    return new Tenant(
      { ...shared, projectId: played.id, client: played.client, isShared: true },
      belongings,
      record.of(name),
    );
  }

  /** Whether the API tells members of different projects apart. */
  get tellsProjectsApart(): boolean {
    const { cloud } = this.#context.options;
    return this.isSextant || cloud?.projects !== undefined;
  }

  /**
   * Starts an instance with a device for each port, eth0 and so on, all up: its kernel begins to configure itself.
   * @throws UntriableError without a switch to plug it into
   */
  async instance(name: string, ...ports: readonly Answered<'port'>[]): Promise<LabInstance> {
    const instance = await this.bareInstance(name, ...ports);
    for (const index of ports.keys()) instance.interface(`eth${index}`).up();
    return instance;
  }

  /** Like `instance`, with the devices down. */
  async bareInstance(name: string, ...ports: readonly Answered<'port'>[]): Promise<LabInstance> {
    const plugs = ports.map((port, index): Plug => {
      return [port.id, (on, instance) => on.plug(port, instance, `eth${index}`, this.#context.admin)];
    });
    return this.#instance(name, plugs, ports[0]?.network_id);
  }

  /**
   * Starts an instance whose device, eth0, is plugged in past the guard bridge, up: what it sends meets OVN alone.
   * @throws UntriableError without a switch to plug it into
   */
  async unguardedInstance(name: string, port: Answered<'port'>): Promise<LabInstance> {
    const instance = await this.bareUnguardedInstance(name, port);
    instance.interface('eth0').up();
    return instance;
  }

  /** Like `unguardedInstance`, with the device down. */
  bareUnguardedInstance(name: string, port: Answered<'port'>): Promise<LabInstance> {
    const past = 'past the guard';
    return this.#instance(
      name,
      [[port.id, (on, made) => on.plug(port, made, 'eth0', this.#context.admin, past)]],
      port.network_id,
      past,
    );
  }

  /**
   * Starts an instance that the VIM knows nothing of; its device, eth0, is on a VLAN network from outside, down.
   * @throws UntriableError without a switch to plug it into
   */
  async outsideInstance(name: string, mac: Mac, network: Answered<'network'>): Promise<LabInstance> {
    const port = { id: randomUUID(), network_id: network.id, fixed_ips: [] };
    this.#context.record.port(port);
    return this.#instance(name, [await this.#outsidePlug(port, mac)], network.id, 'outside');
  }

  /**
   * Starts an instance whose device, eth0, down, stands for the hardware of a port: it is on the port's VLAN, and neither
   * on the guard's bridge nor on OVN's. Waits until the port is served.
   * @throws NotWiredError
   * @throws UntriableError without a switch to plug it into
   */
  async bareHardwareInstance(name: string, port: Answered<'port'>): Promise<LabInstance> {
    const plug = await this.#outsidePlug(port, Mac.parse(port.mac_address));
    const instance = await this.#instance(name, [plug], port.network_id, 'hardware');
    await untilActive(this.#context.admin, port.id);
    return instance;
  }

  /** Plugs the device of a port into a VLAN where that has left the hosts. */
  async #outsidePlug(port: Pick<Answered<'port'>, 'id' | 'network_id'>, mac: Mac): Promise<Plug> {
    const { network_id: id } = port;
    const network = await this.#context.admin.show('network', id);
    const [physical, vlan] = [network['provider:physical_network'], network['provider:segmentation_id']];
    if (!physical || !vlan) throw new Error(`network ${id} is no VLAN: it has no outside`);
    const outside = { id: port.id, mac, mtu: network.mtu, vlan };
    return [port.id, (on, made) => on.plugOutside(outside, physical, made, 'eth0')];
  }

  async #instance(
    name: string,
    plugs: readonly Plug[],
    networkId: string | undefined,
    place?: UnusualPlace,
  ): Promise<LabInstance> {
    const { site, belongings, record, host } = this.#context;
    if (site === undefined) throw new UntriableError('There is no local switch to plug instances into.');
    const instance = await belongings.make(
      () => site.instance(name, networkId, host),
      (made) => site.remove(made),
    );
    await Promise.all(
      plugs.map(([portId, plug]) =>
        belongings.make(
          () => plug(site, instance),
          () => site.unplug(portId),
        ),
      ),
    );
    record.instance(
      name,
      plugs.map(([portId]) => portId),
      place,
    );
    return instance;
  }

  /** Whether devices of instances are those of servers that a compute service booted. */
  get hasServers(): boolean {
    return this.#context.site?.hasServers ?? false;
  }

  /** The server whose device an instance has for a port, where there are such. */
  serverOf({ id }: Answered<'port'>): BootedServer {
    const server = this.#context.site?.serverOf(id);
    if (server === undefined) throw new Error(`no server has port ${id}`);
    return server;
  }

  /** A server that echoes TCP until the trial ends. */
  tcpEcho(on: LabInstance, port: number): Promise<TcpEcho> {
    return this.#context.belongings.make(
      () => TcpEcho.start(on, port),
      async (echo) => echo.stop(),
    );
  }

  /** A server that echoes UDP until the trial ends. */
  udpEcho(on: LabInstance, port: number): UdpEcho {
    return this.#context.belongings.makeNow(
      () => UdpEcho.start(on, port),
      (echo) => echo.stop(),
    );
  }

  /**
   * Captures what passes a device until the trial ends.
   * @param keeps frames that are kept; all, unless told
   */
  capture(on: InstanceInterface, keeps?: (frame: Frame) => boolean): Capture {
    return this.#context.belongings.makeNow(
      () => on.capture(keeps),
      (capture) => capture.stop(),
    );
  }

  /**
   * Captures what passes the cables of hosts until the trial ends, in the order of `hosts`, each at the far end of its
   * cable: what a host sends is received there. Nothing where the hosts have none.
   */
  captureCables(cable: Cable): readonly Capture[] {
    return this.#context.belongings.makeNow(
      () => this.#context.site?.captureCables(cable) ?? [],
      async (captures) => {
        for (const capture of captures) await capture.stop();
      },
    );
  }

  /** Whether the cloud has a command line here, and there is somebody to run it as; `NO_COMMAND` says why not. */
  get hasCommand(): boolean {
    return this.isSextant || (this.tellsProjectsApart && hasOpenstack());
  }

  /**
   * Runs the cloud's command line, `sextant` or `openstack`, in a tenant's project; what it printed, read as JSON.
   */
  async command(tenant: Tenant, ...words: readonly string[]): Promise<unknown> {
    const { endpoint, cloud } = this.#context.options;
    if (this.isSextant) return sextantCommand(endpoint, tenant.projectId, ...words);
    const project = cloud?.projects?.find((one) => one?.id === tenant.projectId);
    return openstackCommand(project?.environment ?? {}, ...words);
  }

  /**
   * Keeps captured frames as evidence: the first of them in the report, all in a file when the run keeps such.
   * @param name of the file, without its ending
   * @returns what to add to the evidence
   */
  async pcap(
    capture: Capture,
    name: string,
    test: (observation: Observation) => boolean = () => true,
  ): Promise<Pick<Evidence, 'pcap' | 'capture'>> {
    const { id, options } = this.#context;
    const kept = keepFrames(capture.observations.filter(test));
    if (options.outputDir === undefined) return { capture: kept };
    const pcap = `${id}/${name}.pcap`;
    await mkdir(join(options.outputDir, id), { recursive: true });
    await capture.save(join(options.outputDir, pcap), test);
    return { pcap, capture: kept };
  }

  /** Evidence with the frames that show it, when it is not as expected: what works needs none. */
  async proven(
    evidence: Evidence,
    capture: Capture,
    name: string,
    test?: (observation: Observation) => boolean,
  ): Promise<Evidence> {
    return evidence.ok ? evidence : { ...evidence, ...(await this.pcap(capture, name, test)) };
  }

  /** Puts down what was seen. */
  show(evidence: Evidence): void {
    this.#context.signal.throwIfAborted();
    this.#put(evidence);
  }

  /** Puts down that a part could not be tried on this machine: nothing is known of it. */
  couldNotTry(sentence: string): void {
    this.#untried.push(sentence);
  }

  /** Puts down that the use case could not go on: whether its core works is not known, so it counts as failed. */
  failed(error: unknown): void {
    const { id, options } = this.#context;
    options.log.debug({ err: error, useCase: id }, 'a use case broke off');
    const seen = error instanceof Error ? error.message : String(error);
    const what = 'the use case runs to its end';
    this.#put({ what, expected: 'it does', seen, ok: false, core: true });
  }

  #put(evidence: Evidence): void {
    this.#shown.push(evidence);
    this.#context.options.onEvidence?.(evidence);
  }

  /** Removes all that was made, last first; what cannot be removed is logged. */
  async end(): Promise<void> {
    const { id, options, belongings } = this.#context;
    try {
      await belongings[Symbol.asyncDispose]();
    } catch (error) {
      options.log.warn({ err: error, useCase: id }, 'a use case left something behind');
    }
  }
}
