/** A Sextant of one's own with hosts on machines of a lab, as administrators make them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Family } from '../addressing/index.ts';
import { NeutronClient } from '../client/index.ts';
import { engineSockets, processesOf } from '../engine/index.ts';
import type { LabHost } from '../gap/index.ts';
import { Fabric, Lab, type LabMachine } from '../lab/index.ts';
import type { Service } from '../service/index.ts';
import { engineDirectory } from './host-state.ts';
import { startPrivateService } from './private-service.ts';

const SEXTANT = join(import.meta.dirname, '../../bin/sextant');
const PORT = 9697;

export class LabHosts implements AsyncDisposable {
  readonly service: Service;
  readonly client: NeutronClient;
  readonly fabric: Fabric;
  /** URL of what the service has for hosts. */
  readonly server: string;
  readonly #directory: string;
  readonly #began: AsyncDisposableStack;

  private constructor(service: Service, fabric: Fabric, directory: string, began: AsyncDisposableStack) {
    this.service = service;
    this.client = NeutronClient.at(service.endpoint);
    this.fabric = fabric;
    this.server = `https://${listenerOn(fabric)}`;
    this.#directory = directory;
    this.#began = began;
  }

  /**
   * Starts a service that listens for hosts on the underlay of a lab's fabric.
   * @param family of the underlay
   * @param settings of the service beside those, as environment variables
   */
  static async open(
    log: Logger,
    family: Family = 6,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<LabHosts> {
    const began = new AsyncDisposableStack();
    try {
      const directory = await mkdtemp(join(tmpdir(), 'sextant-hosts-'));
      began.defer(() => rm(directory, { recursive: true, force: true }));
      const lab = began.use(Lab.open());
      const fabric = began.use(Fabric.open(lab, family));
      const environment = {
        ...settings,
        SEXTANT_HOSTS_LISTEN: listenerOn(fabric),
        SEXTANT_HOSTS_NAMESPACE: fabric.namespace,
      };
      const service = await startPrivateService(log, { environment });
      began.defer(() => service.stop());
      return new LabHosts(service, fabric, directory, began);
    } catch (error) {
      await began.disposeAsync();
      throw error;
    }
  }

  /** Makes machines, and has them join. */
  async join(names: readonly string[]): Promise<LabMachine[]> {
    const machines = names.map((name) => this.fabric.machine(name));
    const { token } = await this.client.create('host_token', { uses: machines.length });
    await Promise.all(machines.map((machine) => this.joinAs(machine, token!)));
    return machines;
  }

  /**
   * Has a machine join by a token.
   * @param flags of `sextant host join` beside the usual ones
   * @throws MachineError with what the command says when it may not
   */
  joinAs(machine: LabMachine, token: string, ...flags: readonly string[]): Promise<string> {
    const state = this.stateOf(machine);
    machine.atStop(() => this.leave(machine));
    return machine.run([
      ...[SEXTANT, 'host', 'join', '--server', this.server, '--token', token, '--no-service'],
      ...['--name', machine.name, '--state', state, '--physical-network', `physnet1:${machine.trunk}`],
      ...flags,
    ]);
  }

  /** Ends all that makes a machine a host. */
  async leave(machine: LabMachine): Promise<void> {
    await machine.run([SEXTANT, 'stop', '--state', this.stateOf(machine)]);
  }

  /** Where a machine keeps what it has as a host. */
  stateOf({ name }: LabMachine): string {
    return join(this.#directory, name);
  }

  /** Directory of the sockets of what runs on a machine. */
  rundirOf(machine: LabMachine): string {
    return engineSockets(engineDirectory(this.stateOf(machine)));
  }

  /** A machine that joined, for instances to be plugged in there. */
  hostOn(machine: LabMachine): LabHost {
    return {
      switchDatabase: `unix:${this.rundirOf(machine)}/db.sock`,
      namespace: machine.namespace,
      name: machine.name,
      capture: (cable) => this.fabric.capture(machine, cable),
      mishaps: {
        killSwitch: () => this.#kill(machine, 'ovs-vswitchd'),
        killAgent: () => this.#kill(machine, 'host'),
        cut: (...cables) => {
          for (const cable of cables) this.fabric.cut(machine, cable);
        },
        mend: (...cables) => {
          for (const cable of cables) this.fabric.mend(machine, cable);
        },
      },
    };
  }

  #kill(machine: LabMachine, program: string): void {
    const daemon = processesOf(this.rundirOf(machine)).find(({ name }) => name === program);
    if (daemon === undefined) throw new Error(`${machine.name} has no ${program}`);
    process.kill(daemon.pid, 'SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.#began.disposeAsync();
  }
}

function listenerOn({ address }: Fabric): string {
  return `${address.family === 6 ? `[${address}]` : address}:${PORT}`;
}
