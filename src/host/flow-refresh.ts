/**
 * Has ovn-controller compute its flows anew when a port comes here that was plugged in already while another host had it.
 * OVN 23.03 computes what has changed, and now and then leaves out the flows that are for where a port is
 * (`is_chassis_resident`): then nobody answers outside for the port's floating IPs and own addresses.
 */
import type { Logger } from 'pino';
import { callDaemon, daemonPid, INSTANCE_BRIDGE, pluggedPort, type SwitchDatabase } from '../switch/index.ts';
import type { Places, Residents } from './facts/index.ts';

export interface FlowRefreshOptions {
  readonly database: Pick<SwitchDatabase, 'interfacesOn' | 'onChange'>;
  readonly facts: Pick<Places, 'hostOf'> & Residents;
  /** Directory of ovn-controller's socket, OVN_RUNDIR. */
  readonly rundir: string;
  readonly log: Logger;
}

/** When it is asked for, in milliseconds: once it will have heard of the move, and again in case that it had not. */
const ASKED_AT_MS = [500, 3_000];
const PATIENCE_MS = 10_000;
const CONTROLLER = 'ovn-controller';

export class FlowRefresh {
  readonly #options: FlowRefreshOptions;
  readonly #unsubscribe: (() => void)[];
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Ports that are plugged in here and were last seen on another host. */
  #elsewhere = new Set<string>();

  constructor(options: FlowRefreshOptions) {
    this.#options = options;
    const { database, facts } = options;
    const look = () => this.#look();
    this.#unsubscribe = [database.onChange(look), facts.onResidents(look)];
    look();
  }

  stop(): void {
    for (const end of this.#unsubscribe) end();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #look(): void {
    const { database, facts } = this.#options;
    const elsewhere = new Set<string>();
    let hasCome = false;
    for (const row of database.interfacesOn(INSTANCE_BRIDGE)) {
      const id = pluggedPort(row)?.id;
      if (id === undefined) continue;
      if (facts.isResident(id)) hasCome ||= this.#elsewhere.has(id);
      // On its way it is on none.
      else if (facts.hostOf(id) !== undefined || this.#elsewhere.has(id)) elsewhere.add(id);
    }
    this.#elsewhere = elsewhere;
    if (hasCome) this.#refreshSoon();
  }

  /** Moves that come meanwhile go along. */
  #refreshSoon(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const delay of ASKED_AT_MS) {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        void this.#refresh();
      }, delay).unref();
      this.#timers.add(timer);
    }
  }

  async #refresh(): Promise<void> {
    const { rundir, log } = this.#options;
    try {
      const pid = await daemonPid(rundir, CONTROLLER);
      await callDaemon({ rundir, daemon: CONTROLLER, pid }, 'inc-engine/recompute', [], PATIENCE_MS);
    } catch (error) {
      log.warn({ err: error }, 'ovn-controller does not compute anew what is for a port that came here');
    }
  }
}
