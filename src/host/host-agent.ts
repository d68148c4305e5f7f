/**
 * The host agent: joins every instance that is plugged into the guard bridge to OVN, and keeps the guard rules.
 * Whoever plugs (libvirt, Nova, Sextant itself) only adds an interface with `external_ids:iface-id` and
 * `attached-mac`.
 *
 * It keeps nothing in memory that it could not see in the switch, so a new agent goes on where the last one was,
 * and traffic never notices. It fails closed: the bridge drops what no flow forwards, and a port's flows come
 * together with the guard rules.
 */
import type { Logger } from 'pino';
import { BridgeFlows } from './bridge-flows.ts';
import { INSTANCE_BRIDGE, INTEGRATION_BRIDGE } from './chassis.ts';
import { type GuardedPort, guardFlows } from './guard.ts';
import {
  join,
  type PluggedPort,
  part,
  patchedPort,
  patchToIntegration,
  pluggedPort,
} from './instance-port.ts';
import { Loop } from './loop.ts';
import { type Interface, SwitchDatabase } from './switch-database.ts';

export interface HostAgentOptions {
  /** OVSDB remote of the switch's database. */
  switchDatabase: string;
  /** Directory of the switch's sockets, OVS_RUNDIR. */
  rundir: string;
  log: Logger;
}

const RETRY = 1_000;

export class HostAgent {
  readonly #database: SwitchDatabase;
  readonly #flows: BridgeFlows;
  readonly #loop: Loop;
  readonly #log: Logger;
  readonly #unsubscribe: () => void;

  private constructor(database: SwitchDatabase, rundir: string, log: Logger) {
    this.#database = database;
    this.#log = log;
    this.#flows = new BridgeFlows(`${rundir}/${INSTANCE_BRIDGE}.mgmt`, log);
    this.#loop = new Loop(
      () => this.#pass(),
      RETRY,
      (error) => log.error({ err: error }, 'instances could not be joined to OVN, trying again'),
    );
    this.#unsubscribe = database.onChange(() => this.#loop.wake());
  }

  /** Starts an agent, and waits until all that is plugged in is guarded and joined. */
  static async start({ switchDatabase, rundir, log }: HostAgentOptions): Promise<HostAgent> {
    const agent = new HostAgent(await SwitchDatabase.open(switchDatabase, log), rundir, log);
    await agent.#loop.run();
    await agent.#guard();
    return agent;
  }

  /** Ends the agent. Instances stay as they are. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#loop.stop();
    await this.#flows.stop();
    await this.#database.close();
  }

  async #pass(): Promise<void> {
    const plugged = pluggedPorts(this.#database);
    const patched = patchedPorts(this.#database);
    const gone = patched.difference(plugged);
    await this.#database.change((transaction) => {
      for (const { port } of plugged.values()) join(transaction, this.#database, port);
      for (const id of gone) part(transaction, this.#database, id);
    });
    for (const id of gone) this.#log.info({ port: id }, 'instance is unplugged');
    for (const [id, { port }] of plugged) {
      if (!patched.has(id)) this.#log.info({ port: id, mac: port.mac.toString() }, 'instance is plugged in');
    }
    this.#guard(); // not awaited: while the switch is down, the database still tells what changes
  }

  #guard(): Promise<void> {
    return this.#flows.set(guardFlows(guardedPorts(this.#database)));
  }
}

/** A plugged-in port and its interface. */
interface Plugged {
  port: PluggedPort;
  row: Interface;
}

/** The instances' ports by id. When one id is plugged in twice, the first one counts, by OpenFlow number. */
function pluggedPorts(database: SwitchDatabase): Map<string, Plugged> {
  const ports = new Map<string, Plugged>();
  for (const row of database.interfacesOn(INSTANCE_BRIDGE)) {
    const port = pluggedPort(row);
    if (port === undefined) continue;
    const other = ports.get(port.id);
    if (other === undefined || order(row) < order(other.row)) ports.set(port.id, { port, row });
  }
  return ports;
}

function order({ ofport = 0 }: Interface): number {
  return ofport > 0 ? ofport : Number.POSITIVE_INFINITY;
}

/** Ids of the ports for which there are patch ports. */
function patchedPorts(database: SwitchDatabase): Set<string> {
  const ids = [INSTANCE_BRIDGE, INTEGRATION_BRIDGE].flatMap((bridge) =>
    database.interfacesOn(bridge).map(patchedPort),
  );
  return new Set(ids.filter((id) => id !== undefined));
}

/** The ports that the switch has completely. */
function guardedPorts(database: SwitchDatabase): GuardedPort[] {
  return [...pluggedPorts(database)].flatMap(([id, { port, row }]) => {
    const [instance, patch] = [row.ofport ?? 0, database.interface(patchToIntegration(id))?.ofport ?? 0];
    return instance > 0 && patch > 0 ? [{ instance, patch, mac: port.mac }] : [];
  });
}
