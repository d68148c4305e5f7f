/** One run of one use case: the tenants that it plays, what it sees, and what is to be removed in the end. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Answered, NeutronClient } from '../client/index.ts';
import type { Capture, Observation } from '../lab/capture.ts';
import type { Instance } from '../lab/instance/instance.ts';
import type { InstanceInterface } from '../lab/instance/interface.ts';
import { TcpEcho } from '../lab/probes/tcp.ts';
import { UdpEcho } from '../lab/probes/udp.ts';
import type { Evidence } from './evidence.ts';
import type { HostLab } from './host-lab.ts';
import { sextantCommand } from './sextant-command.ts';
import { Tenant } from './tenant.ts';
import type { UseCaseId } from './use-case.ts';

/** What a trial needs from whoever runs it. */
export interface TrialOptions {
  /** URL of the API, for the use cases that run the `sextant` command. */
  readonly endpoint: string;
  clientFor(projectId: string, role: 'member' | 'admin'): NeutronClient;
  readonly outputDir?: string | undefined;
  readonly log: Logger;
}

/** Thrown where a use case cannot be tried: the verdict is `unverified` then. */
export class Untried extends Error {
  override readonly name = 'Untried';
}

export class Trial {
  readonly evidence: Evidence[] = [];
  readonly #id: UseCaseId;
  readonly #run: string;
  readonly #options: TrialOptions;
  readonly #hostLab: HostLab | undefined;
  readonly #signal: AbortSignal;
  readonly #made = new AsyncDisposableStack();
  readonly #admin: NeutronClient;

  /**
   * @param run tells this run's projects from those of others at the same API
   * @param signal ends the trial at its next step
   */
  constructor(
    id: UseCaseId,
    run: string,
    options: TrialOptions,
    hostLab: HostLab | undefined,
    signal: AbortSignal,
  ) {
    this.#id = id;
    this.#run = run;
    this.#options = options;
    this.#hostLab = hostLab;
    this.#signal = signal;
    this.#admin = options.clientFor(`gap-${run}-${id}`, 'admin');
    this.#made.defer(async () => this.#admin.close());
  }

  /** A tenant that nobody else plays. */
  tenant(name: string): Tenant {
    const projectId = `gap-${this.#run}-${this.#id}-${name}`;
    const client = this.#options.clientFor(projectId, 'member');
    return new Tenant(projectId, client, this.#admin, this.#made, this.#signal);
  }

  /**
   * Starts an instance with a device for each port, eth0 and so on, all up: its kernel begins to configure itself.
   * @throws Untried without a switch to plug it into
   */
  async instance(name: string, ...ports: readonly Answered<'port'>[]): Promise<Instance> {
    const instance = await this.bareInstance(name, ...ports);
    for (const index of ports.keys()) instance.interface(`eth${index}`).up();
    return instance;
  }

  /** Like `instance`, with the devices down. */
  async bareInstance(name: string, ...ports: readonly Answered<'port'>[]): Promise<Instance> {
    this.#signal.throwIfAborted();
    const hostLab = this.#hostLab;
    if (hostLab === undefined) throw new Untried('There is no local switch to plug instances into.');
    const instance = await hostLab.instance(name);
    this.#made.defer(() => hostLab.remove(instance));
    await Promise.all(
      ports.map((port, index) => {
        this.#made.defer(() => hostLab.unplug(port.id));
        return hostLab.plug(port, instance, `eth${index}`, this.#admin);
      }),
    );
    return instance;
  }

  /** A server that echoes TCP until the trial ends. */
  async tcpEcho(on: Instance, port: number): Promise<TcpEcho> {
    return this.#made.adopt(await TcpEcho.start(on, port), async (echo) => echo.stop());
  }

  /** A server that echoes UDP until the trial ends. */
  udpEcho(on: Instance, port: number): UdpEcho {
    return this.#made.adopt(UdpEcho.start(on, port), async (echo) => echo.stop());
  }

  /** Captures what passes a device until the trial ends. */
  capture(on: InstanceInterface): Capture {
    return this.#made.adopt(on.capture(), (capture) => capture.stop());
  }

  /** Runs the `sextant` command in a tenant's project; what it printed, read as JSON. */
  sextant(tenant: Tenant, ...words: readonly string[]): Promise<unknown> {
    return sextantCommand(this.#options.endpoint, tenant.projectId, ...words);
  }

  /**
   * Keeps captured frames as evidence, when the run keeps such.
   * @param name of the file, without its ending
   * @returns what to add to the evidence
   */
  async pcap(
    capture: Capture,
    name: string,
    test?: (observation: Observation) => boolean,
  ): Promise<Pick<Evidence, 'pcap'>> {
    const { outputDir } = this.#options;
    if (outputDir === undefined) return {};
    const pcap = `${this.#id}/${name}.pcap`;
    await mkdir(join(outputDir, this.#id), { recursive: true });
    await capture.save(join(outputDir, pcap), test);
    return { pcap };
  }

  /** Puts down what was seen. */
  show(evidence: Evidence): void {
    this.#signal.throwIfAborted();
    this.evidence.push(evidence);
  }

  /** Puts down that the use case could not go on. */
  failed(error: unknown): void {
    this.#options.log.debug({ err: error, useCase: this.#id }, 'a use case broke off');
    const seen = error instanceof Error ? error.message : String(error);
    this.evidence.push({ what: 'the use case runs to its end', expected: 'it does', seen, ok: false });
  }

  /** Removes all that was made, last first; what cannot be removed is logged. */
  async end(): Promise<void> {
    try {
      await this.#made.disposeAsync();
    } catch (error) {
      this.#options.log.warn({ err: error, useCase: this.#id }, 'a use case left something behind');
    }
  }
}
