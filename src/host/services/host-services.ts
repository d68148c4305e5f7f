/**
 * The services of a host: opened for a network when its first instance is plugged in here, or when this host serves its
 * hardware ports, closed after the last one. One that cannot be served is tried again, and keeps none of the others waiting.
 */
import type { Logger } from 'pino';
import { Allowance, Backoff, Loop } from '../../base/index.ts';
import type { NetworkFacts } from '../../host-contract/index.ts';
import type { Counter, Registry } from '../../metrics/index.ts';
import type { SwitchDatabase } from '../../switch/index.ts';
import type { Facts, HardwarePorts } from '../facts/index.ts';
import { instancePorts } from '../ports-here.ts';
import type { NetworkService } from './network-service.ts';
import { OpenNetwork } from './open-network.ts';
import { ServiceNamespace } from './service-namespace.ts';

export interface HostServicesOptions {
  readonly database: SwitchDatabase;
  readonly facts: Facts & HardwarePorts;
  /** Network namespace of the switch; null is the process's own. */
  readonly switchNamespace: string | null;
  /** Name of the services' own namespace. */
  readonly namespace: string;
  readonly services: readonly NetworkService[];
  readonly metrics: Registry;
  readonly log: Logger;
}

/** Milliseconds until something that failed is tried again: at first, and at most. */
const RETRY_MS = { first: 1_000, last: 30_000 } as const;
/** Lines of log a second about a network that cannot be served: one a minute. */
const COMPLAINTS = 1 / 60;

export class HostServices {
  readonly #options: HostServicesOptions;
  readonly #namespace: ServiceNamespace;
  readonly #loop: Loop;
  readonly #unsubscribe: (() => void)[];
  readonly #open = new Map<string, OpenNetwork>();
  readonly #backoff = new Backoff<string>(RETRY_MS.first, RETRY_MS.last);
  readonly #complaints = new Allowance<string>(1, COMPLAINTS);
  readonly #failures: Counter;
  readonly #unsent: Counter<'reason'>;
  readonly #dropped: Counter;
  #droppedFrames = 0;
  #retry: NodeJS.Timeout | undefined;

  private constructor(options: HostServicesOptions) {
    this.#options = options;
    const { database, facts, metrics, log } = options;
    this.#failures = metrics.counter({
      name: 'sextant_network_failures_total',
      help: 'Times that a network of instances here could not be served, or not by all services.',
    });
    this.#unsent = metrics.counter({
      name: 'sextant_service_frames_unsent_total',
      help: 'Frames to instances that were not sent: their network was closed meanwhile, or its device refused them.',
      labels: ['reason'],
    });
    this.#dropped = metrics.counter({
      name: 'sextant_service_frames_dropped_total',
      help: 'Frames of instances that the services did not look at: their network sent more than its share.',
    });
    this.#namespace = new ServiceNamespace(options);
    this.#loop = new Loop(
      () => this.#pass(),
      RETRY_MS.first,
      (error) => log.error({ err: error }, 'services could not be set up, trying again'),
    );
    this.#unsubscribe = [
      metrics.beforeRead(() => this.#countDropped()),
      database.onChange(() => this.#loop.wake()),
      facts.onChange(({ networks, portsOf }) => {
        for (const id of networks.union(new Set(portsOf.keys())))
          this.#open.get(id)?.changed({ ports: portsOf.get(id) ?? new Set(), itself: networks.has(id) });
        this.#loop.wake();
      }),
    ];
  }

  /** Starts, and waits until each network that has instances here is served, or has failed once. */
  static async start(options: HostServicesOptions): Promise<HostServices> {
    const services = new HostServices(options);
    await services.#namespace.keepOnly(services.#wanted().keys());
    await services.#loop.run();
    return services;
  }

  /**
   * Ends the services. The devices stay: a successor goes on with them, and what instances have been given stays
   * theirs.
   */
  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    await this.#loop.stop();
    clearTimeout(this.#retry);
    for (const network of this.#open.values()) await this.#guarded(network.id, () => network.close());
  }

  /** The networks that have instances here, or hardware ports that this host serves. */
  #wanted(): Map<string, NetworkFacts> {
    const { database, facts } = this.#options;
    const wanted = new Map<string, NetworkFacts>();
    for (const id of [...instancePorts(database), ...facts.hardwareHere()]) {
      const network = facts.networkOfPort(id);
      if (network !== undefined) wanted.set(network.id, network);
    }
    return wanted;
  }

  async #pass(): Promise<void> {
    const wanted = this.#wanted();
    for (const network of [...this.#open.values()]) {
      if (!wanted.has(network.id)) await this.#guarded(network.id, () => this.#end(network));
    }
    for (const id of this.#backoff.keys()) if (!wanted.has(id)) this.#backoff.forget(id);
    for (const [id, facts] of wanted) {
      if (!this.#backoff.isDue(id)) continue;
      if (await this.#guarded(id, () => this.#serve(facts))) this.#backoff.forget(id);
      else this.#backoff.failed(id);
    }
    clearTimeout(this.#retry);
    const delay = this.#backoff.delay();
    if (delay !== undefined) this.#retry = setTimeout(() => this.#loop.wake(), delay).unref();
  }

  /** Serves a network as its facts want it. */
  async #serve(facts: NetworkFacts): Promise<void> {
    let network = this.#open.get(facts.id);
    if (network?.needsNewDevice(facts)) {
      await this.#end(network);
      network = undefined;
    }
    if (network === undefined) network = await this.#begin(facts);
    else if (network.needsSettings(facts)) {
      await this.#namespace.open(facts);
      network.deviceFollows(facts);
    }
    await network.openServices();
  }

  async #begin(facts: NetworkFacts): Promise<OpenNetwork> {
    await this.#namespace.open(facts);
    const network = new OpenNetwork({
      network: facts,
      namespace: this.#namespace.name,
      facts: this.#options.facts,
      services: this.#options.services,
      unsent: this.#unsent,
      log: this.#options.log,
    });
    this.#open.set(facts.id, network);
    this.#options.log.info({ network: facts.id, device: network.device }, 'network is served');
    return network;
  }

  async #end(network: OpenNetwork): Promise<void> {
    this.#open.delete(network.id);
    await this.#guarded(network.id, () => network.close());
    await this.#namespace.close(network.id);
    this.#options.log.info(
      { network: network.id },
      'network is not served any more: it has no instance here',
    );
  }

  /** Does something for a network: what goes wrong with one must not keep the others waiting. */
  async #guarded(network: string, act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      this.#failures.increment();
      if (this.#complaints.take(network))
        this.#options.log.error({ err: error, network }, 'a network could not be served, trying again');
      return false;
    }
  }

  /** Counts what instances sent too much of. The kernel counts as well, and for each network. */
  #countDropped(): void {
    for (const network of this.#open.values()) {
      const frames = network.takeDropped();
      if (frames === 0) continue;
      this.#droppedFrames += frames;
      this.#dropped.follow(this.#droppedFrames);
      if (this.#complaints.take(`dropped ${network.id}`))
        this.#options.log.warn(
          { network: network.id, frames },
          'instances sent more to the services than these can answer: frames were dropped',
        );
    }
  }
}
