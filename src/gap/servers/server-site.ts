/**
 * Instances whose devices are those of servers in the cloud: for where nobody is root on a hypervisor. An instance itself
 * is here, as it is with a switch; each of its devices is joined by a wire to one of a server that Nova booted.
 */
import { Mac } from '../../addressing/index.ts';
import { type Answered, type Capabilities, NeutronApiError } from '../../client/index.ts';
import { type InstanceInterface, Lab, type LabInstance, Wire, WireError } from '../../lab/index.ts';
import { type BootedServer, type InstanceSite, UntriableError, untilActive } from '../kit/index.ts';
import {
  type CarryingChoice,
  type CarryingProject,
  CarryingServer,
  type Dial,
  FAULT,
} from './carrying-server.ts';

/** What the servers are to be, and whose. */
export interface ServerSiteOptions {
  readonly projects: readonly CarryingProject[];
  readonly choice: CarryingChoice;
  readonly capabilities: Capabilities;
  readonly run: string;
  readonly signal: AbortSignal;
  /** How servers are reached, if not from here. */
  readonly dial?: Dial;
}

/** Carriers of a project: when one has no room for a device, another is booted. */
const MOST_CARRIERS = 4;
const ASKING_MS = 500;

/** A project's carriers, in the order in which they came. */
interface Fleet {
  readonly project: CarryingProject;
  readonly carriers: Promise<CarryingServer>[];
}

interface Plugged {
  readonly wire: Wire;
  readonly carrier: CarryingServer;
}

export class ServerSite implements InstanceSite {
  readonly securityGroupLog = undefined;
  readonly physicalNetwork = undefined;
  readonly hasServers = true;
  readonly hosts = [];
  readonly #options: ServerSiteOptions;
  readonly #lab = Lab.open();
  readonly #fleets: ReadonlyMap<string, Fleet>;
  readonly #plugged = new Map<string, Plugged>();
  #room: Promise<LabInstance> | undefined;
  #wires = 0;
  #closed: Promise<void> | undefined;

  private constructor(options: ServerSiteOptions) {
    this.#options = options;
    this.#fleets = new Map(options.projects.map((project) => [project.id, { project, carriers: [] }]));
  }

  /** Boots a server in each project. One that is of no use is told of by whoever would use it. */
  static async open(options: ServerSiteOptions): Promise<ServerSite> {
    const site = new ServerSite(options);
    await Promise.allSettled([...site.#fleets.values()].map((fleet) => site.#boot(fleet)));
    return site;
  }

  /** Why there is no server in a project; undefined where all have one. */
  async trouble(): Promise<string | undefined> {
    const first = [...this.#fleets.values()].map(({ carriers }) => carriers[0]!);
    const outcomes = await Promise.allSettled(first);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    return failed && String(failed.reason instanceof Error ? failed.reason.message : failed.reason);
  }

  #boot({ project, carriers }: Fleet): Promise<CarryingServer> {
    const { choice, capabilities, run, signal, dial } = this.#options;
    const booting = CarryingServer.boot(project, choice, capabilities, run, signal, dial);
    carriers.push(booting);
    return booting;
  }

  captureCables(): [] {
    return [];
  }

  instance(name: string): Promise<LabInstance> {
    return this.#lab.instance(name);
  }

  remove(instance: LabInstance): Promise<void> {
    return this.#lab.remove(instance);
  }

  async plug(port: Answered<'port'>, instance: LabInstance, device: string): Promise<InstanceInterface> {
    const fleet = this.#fleets.get(port.project_id);
    if (fleet === undefined) throw new UntriableError('There is no server in the project that has the port.');
    const { client } = fleet.project;
    const { mtu } = await client.show('network', port.network_id);
    this.#room ??= this.#lab.instance('wires');
    const ends = { instance, device, mac: Mac.parse(port.mac_address), mtu, room: await this.#room };
    const carrier = await this.#attach(fleet, port.id);
    try {
      const wire = await Wire.lay(carrier.farEnd, ends, `wire${++this.#wires}`);
      this.#plugged.set(port.id, { wire, carrier });
      await untilActive(client, port.id, ASKING_MS);
      return instance.interface(device);
    } catch (error) {
      if (!this.#plugged.has(port.id)) await carrier.detach(port.id);
      await this.unplug(port.id);
      throw error instanceof WireError ? new UntriableError(error.message) : error;
    }
  }

  /** Has the last carrier take the port or, when it has no room, another. */
  async #attach(fleet: Fleet, portId: string): Promise<CarryingServer> {
    for (;;) {
      const last = fleet.carriers.at(-1)!;
      const carrier = await last;
      try {
        await carrier.attach(portId);
        return carrier;
      } catch (error) {
        if (!(error instanceof NeutronApiError)) throw error;
        if (error.status < FAULT || fleet.carriers.length >= MOST_CARRIERS) {
          throw new UntriableError(
            `A server does not take the port: ${error.status} ${error.type}: ${error.message}`,
          );
        }
        if (fleet.carriers.at(-1) === last) this.#boot(fleet).catch(() => {}); // who waits for it hears
      }
    }
  }

  plugOutside(): Promise<never> {
    throw new UntriableError('What is outside of the cloud is not reached from its servers.');
  }

  serverOf(portId: string): BootedServer | undefined {
    return this.#plugged.get(portId)?.carrier.server;
  }

  async unplug(portId: string): Promise<void> {
    const plugged = this.#plugged.get(portId);
    if (plugged === undefined) return;
    this.#plugged.delete(portId);
    await plugged.wire.close();
    await plugged.carrier.detach(portId);
  }

  async answers(): Promise<boolean> {
    return ![...this.#plugged.values()].some(({ wire }) => wire.isBroken);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#plugged.values()].map(({ wire }) => wire.close()));
    await this.#lab.close();
    await using removals = new AsyncDisposableStack();
    for (const { project, carriers } of this.#fleets.values()) {
      removals.defer(async () => project.compute.close());
      for (const booted of await Promise.allSettled(carriers)) {
        if (booted.status === 'fulfilled') removals.use(booted.value);
      }
    }
  }
}
