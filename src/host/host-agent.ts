/**
 * The host agent: guards every instance that is plugged into the guard bridge, then joins it to OVN. Whoever plugs
 * (libvirt, Nova, Sextant itself) only adds an interface with `external_ids:iface-id` and `attached-mac`.
 *
 * It keeps nothing in memory that it could not see in the switch and in OVN, so a new agent goes on where the last
 * one was, and traffic never notices. It fails closed: the bridge drops what no flow forwards, a port gets flows
 * when its facts are known, and is joined to OVN when the bridge has them.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Address } from '../addressing/index.ts';
import { Loop } from '../base/index.ts';
import type { Registry } from '../metrics/index.ts';
import { identityOf } from '../openflow/index.ts';
import {
  BridgeFlows,
  DatapathLimits,
  INSTANCE_BRIDGE,
  INTEGRATION_BRIDGE,
  type Interface,
  isJoined,
  joinPort,
  keepLegNumber,
  legsOf,
  NoLimitsError,
  type PluggedPort,
  partPort,
  patchedPort,
  patchToIntegration,
  pluggedPort,
  plugLeg,
  SwitchDatabase,
  unplugLeg,
  type Wiring,
  wirePort,
} from '../switch/index.ts';
import type { Facts } from './facts/index.ts';
import {
  AddressBinder,
  type AddressServer,
  boundSourceFlow,
  GuardDrops,
  GuardPlan,
  zoneOf,
} from './guard/index.ts';
import { legChanges } from './trunks.ts';

export interface HostAgentOptions {
  /** OVSDB remote of the switch's database. */
  readonly switchDatabase: string;
  /** Directory of the switch's sockets, OVS_RUNDIR. */
  readonly rundir: string;
  /** What is known of the ports. */
  readonly facts: Facts;
  /** Arbitrates between hosts about the addresses that instances take, and remembers them. */
  readonly addresses: AddressServer;
  /** Where what the guard drops is counted. */
  readonly metrics: Registry;
  readonly log: Logger;
}

const RETRY_MS = 1_000;
/** What a switch that hangs has dropped is told later: the other numbers of the host do not wait. */
const PATIENCE_MS = 2_000;
/** How often it is looked at which addresses instances use. */
const RENEW_EVERY_MS = 30_000;
const LIMIT_RETRY_MS = 5_000;

export class HostAgent {
  readonly #database: SwitchDatabase;
  readonly #plan: GuardPlan;
  readonly #flows: BridgeFlows;
  readonly #limits: DatapathLimits;
  readonly #loop: Loop;
  readonly #log: Logger;
  readonly #facts: Facts;
  readonly #binder: AddressBinder;
  readonly #unsubscribe: (() => void)[];
  /** What is plugged in, as the switch last said, with its numbers. */
  #plugged: ReadonlyMap<string, Plugged> = new Map();
  #wirings: ReadonlyMap<string, Wiring> = new Map();
  /** By OpenFlow number: whose instance or patch port it is, and so what a report from there is of. */
  #portsByNumber = new Map<number, { portId: string; does: 'claimed' | 'heard' }>();
  /** What is plugged in and not known yet. */
  #unknown: ReadonlySet<string> = new Set();
  /** Whether the switch is to be looked at: it, or what we know of it, is not what it was. */
  #switchChanged = true;
  #stopping = false;

  private constructor(database: SwitchDatabase, options: HostAgentOptions) {
    const { rundir, facts, addresses, metrics, log } = options;
    this.#facts = facts;
    this.#database = database;
    this.#limits = new DatapathLimits(rundir);
    this.#log = log;
    const binder = new AddressBinder(
      facts,
      {
        send: (portId, to, frame) => {
          const wiring = this.#wirings.get(portId);
          if (wiring === undefined) return false;
          this.#flows.send(to === 'instance' ? wiring.instance : wiring.patch, frame);
          return true;
        },
        apply: (portId) => {
          this.#plan.note({ ports: new Set([portId]), networks: new Set() });
          return this.#loop.run();
        },
      },
      addresses,
      log,
    );
    this.#binder = binder;
    this.#plan = new GuardPlan(facts, (portId) => binder.takenBy(portId));
    const failed = (error: unknown) =>
      log.error({ err: error }, 'a claim to an address could not be decided upon');
    this.#flows = new BridgeFlows({
      path: `${rundir}/${INSTANCE_BRIDGE}.mgmt`,
      onReport: ({ inPort, frame }) => {
        const from = this.#portsByNumber.get(inPort);
        if (from !== undefined) void binder[from.does](from.portId, frame).catch(failed);
      },
      log,
    });
    this.#loop = new Loop(
      () => this.#pass(),
      RETRY_MS,
      (error) => {
        this.#switchChanged = true;
        log.error({ err: error }, 'instances could not be joined to OVN, trying again');
      },
    );
    const drops = new GuardDrops(metrics);
    const renewing = new Loop(() => this.#renew(), RETRY_MS, failedToRenew(log));
    const timer = setInterval(() => renewing.wake(), RENEW_EVERY_MS);
    const limiting = new Loop(() => this.#limit(), LIMIT_RETRY_MS, failedToLimit(log));
    limiting.wake();
    this.#unsubscribe = [
      () => clearInterval(timer),
      () => void renewing.stop(),
      () => void limiting.stop(),
      metrics.beforeRead(async () => {
        const dropped = await Promise.race([
          this.#flows.drops(),
          delay(PATIENCE_MS, undefined, { ref: false }),
        ]);
        if (dropped !== undefined) drops.take(dropped);
      }),
      database.onChange(() => {
        this.#switchChanged = true;
        this.#loop.wake();
        limiting.wake();
      }),
      facts.onChange((change) => {
        this.#plan.note(change);
        this.#loop.wake();
      }),
    ];
  }

  /** Starts an agent, and waits until all that is plugged in and known is guarded and joined. */
  static async start(options: HostAgentOptions): Promise<HostAgent> {
    const database = await SwitchDatabase.open(options.switchDatabase, options.log);
    const agent = new HostAgent(database, options);
    await agent.#loop.run();
    return agent;
  }

  /** A port's instance says that it has an address (RFC 9686). */
  registered(portId: string, address: Address): void {
    this.#binder.registered(portId, address);
  }

  /** Ends the agent. Instances stay as they are. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    const stopped = this.#loop.stop();
    await this.#flows.stop(); // a pass may be waiting for them
    await stopped;
    await this.#database.close();
  }

  async #pass(): Promise<void> {
    const all = this.#switchChanged;
    this.#switchChanged = false;
    if (all) await this.#lookAtSwitch();
    if (all || [...this.#unknown].some((id) => this.#facts.port(id) !== undefined)) await this.#followPorts();
    const changes = this.#plan.update(this.#wirings);
    await this.#flows.change(changes);
    if (this.#stopping) return;
    await this.#join(
      all ? this.#wirings.keys() : [...this.#wirings.keys()].filter((id) => changes.has(`port ${id}`)),
    );
    if (all || changes.size > 0) await this.#followTrunks();
  }

  /** Makes and removes the legs of trunks; no flow sends to one that goes, as flows have followed the facts. */
  async #followTrunks(): Promise<void> {
    const legs = legsOf(this.#database);
    const { plug, unplug } = legChanges(new Set(this.#wirings.keys()), this.#facts, legs);
    await this.#database.change((transaction) => {
      for (const { mac, ...leg } of plug) plugLeg(transaction, this.#database, leg, mac);
      for (const subport of unplug) unplugLeg(transaction, this.#database, subport);
      for (const leg of legs)
        if (!unplug.includes(leg.subport)) keepLegNumber(transaction, this.#database, leg);
    });
  }

  /** Finds what is plugged in, makes its patch ports, and parts from OVN what no longer is plugged in. */
  async #lookAtSwitch(): Promise<void> {
    this.#plugged = pluggedPorts(this.#database);
    this.#wirings = wiringsOf(this.#database, this.#plugged);
    this.#portsByNumber = new Map();
    for (const [portId, { instance, patch }] of this.#wirings) {
      this.#portsByNumber.set(instance, { portId, does: 'claimed' });
      this.#portsByNumber.set(patch, { portId, does: 'heard' });
    }
    const gone = patchedPorts(this.#database).difference(this.#plugged);
    await this.#database.change((transaction) => {
      for (const id of gone) partPort(transaction, this.#database, id);
      for (const { port } of this.#plugged.values()) {
        if (this.#isPlugged(port)) wirePort(transaction, this.#database, port);
      }
    });
    for (const id of gone) this.#log.info({ port: id }, 'instance is unplugged');
  }

  /** What instances took before is known before they are let through. */
  async #followPorts(): Promise<void> {
    const known = new Set([...this.#wirings.keys()].filter((id) => this.#facts.port(id) !== undefined));
    this.#unknown = new Set(this.#wirings.keys()).difference(known);
    await this.#binder.follow(known);
  }

  /** Tells the binder which addresses are in use. */
  async #renew(): Promise<void> {
    const counts = await this.#flows.counts();
    if (counts === undefined) return;
    await this.#binder.renew(({ portId, address }) => {
      const wiring = this.#wirings.get(portId);
      return wiring && counts.get(identityOf(boundSourceFlow(address, wiring.instance)));
    });
  }

  /** Nobody's connections and fragments leave no room for those of others. */
  #limit(): Promise<void> {
    const ofGuard = Array.from(
      this.#wirings,
      ([id, { instance }]) => [`${id}, guard`, zoneOf(instance)] as const,
    );
    const ports = new Set([...this.#wirings.keys(), ...ofGuard.map(([name]) => name)]);
    const zones = new Map([...this.#database.connectionZones(), ...ofGuard]);
    return this.#limits.follow(zones, (name) => ports.has(name));
  }

  /** Joins those of the ports to OVN that are guarded, and still plugged in. */
  async #join(ids: Iterable<string>): Promise<void> {
    const guarded = [...ids].filter((id) => this.#plan.guards(id));
    const added = guarded.filter((id) => !isJoined(this.#database, id));
    await this.#database.change((transaction) => {
      for (const id of guarded) {
        const [port, wiring] = [this.#plugged.get(id)?.port, this.#wirings.get(id)];
        if (port && wiring && this.#isPlugged(port)) joinPort(transaction, this.#database, port, wiring);
      }
    });
    for (const id of added) this.#log.info({ port: id }, 'instance is plugged in');
  }

  /** Whether a port that was found is still there. */
  #isPlugged({ id, device }: PluggedPort): boolean {
    const row = this.#database.interface(device);
    return row !== undefined && pluggedPort(row)?.id === id;
  }
}

const failedToRenew = (log: Logger) => (error: unknown) =>
  log.warn({ err: error }, 'it is not known which addresses instances use');

const failedToLimit = (log: Logger) => (error: unknown) =>
  error instanceof NoLimitsError
    ? log.warn(error.message)
    : log.warn({ err: error }, 'connections of instances are not limited yet, trying again');

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

/** The numbers of the devices and their patch ports, of those that have both. */
function wiringsOf(database: SwitchDatabase, plugged: ReadonlyMap<string, Plugged>): Map<string, Wiring> {
  const wirings = new Map<string, Wiring>();
  const all = legsOf(database);
  const subports = new Set(all.map(({ subport }) => subport));
  const legs = Map.groupBy(
    all.filter(({ number }) => number > 0),
    ({ trunk }) => trunk,
  );
  for (const [id, { row }] of plugged) {
    const [instance, patch] = [row, database.interface(patchToIntegration(id))].map(numberOf);
    const own = legs.get(id)?.map(({ subport, number }) => [subport, number] as const);
    const isLeg = subports.has(id);
    if (instance && patch)
      wirings.set(id, { instance, patch, ...(isLeg && { isLeg }), ...(own && { legs: new Map(own) }) });
  }
  return wirings;
}

/** The OpenFlow number that an interface has; that which it will have while the switch starts anew. */
const numberOf = (row: Interface | undefined): number | undefined =>
  row?.ofport !== undefined && row.ofport > 0 ? row.ofport : row?.ofport_request;
