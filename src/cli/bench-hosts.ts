/** `sextant bench --hosts`: machines of a lab that join a Sextant of its own, and what is measured there. */
import type { Logger } from 'pino';
import type { FleetHost, HostFleet, JoinedFleet } from '../../bench/index.ts';
import { processesOf } from '../engine/index.ts';
import type { LabMachine } from '../lab/index.ts';
import { LabHosts } from './lab-hosts.ts';

/** Processes of a host, by what they are called in the report. */
const REPORTED = new Map([
  ['host', 'agent'],
  ['ovn-controller', 'ovn-controller'],
]);

/** A service for hosts that have not joined yet. */
export class BenchHosts implements HostFleet, AsyncDisposable {
  readonly world: LabHosts;
  readonly #count: number;
  #joined: Promise<JoinedFleet> | undefined;

  private constructor(world: LabHosts, count: number) {
    this.world = world;
    this.#count = count;
  }

  static async open(count: number, log: Logger): Promise<BenchHosts> {
    return new BenchHosts(await LabHosts.open(log), count);
  }

  joined(): Promise<JoinedFleet> {
    this.#joined ??= this.#join();
    return this.#joined;
  }

  async #join(): Promise<JoinedFleet> {
    const hosts: FleetHost[] = [];
    const joinMs: number[] = [];
    for (let number = 1; number <= this.#count; number++) {
      const began = performance.now();
      const [machine] = await this.world.join([`h${number}`]);
      joinMs.push(performance.now() - began);
      hosts.push(this.#hostOn(machine!));
    }
    return { hosts, joinMs };
  }

  #hostOn(machine: LabMachine): FleetHost {
    const { switchDatabase, namespace, mishaps } = this.world.hostOn(machine);
    const running = () =>
      processesOf(this.world.rundirOf(machine)).flatMap(({ name, pid }) => {
        const title = REPORTED.get(name);
        return title === undefined ? [] : [[title, pid] as const];
      });
    return {
      ...{ name: machine.name, switchDatabase, namespace },
      processes: () => Object.fromEntries(running()),
      killSwitch: () => mishaps?.killSwitch(),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.world[Symbol.asyncDispose]();
  }
}
