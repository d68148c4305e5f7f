/**
 * Labs: instances and what connects them, for the demo, the tests and the gap analysis. Several labs on one machine
 * do not meet: every namespace is named after its lab, `sxt-<lab id>-<name>`, and has nothing but what the lab gave.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { deleteNamespace, namespacePath, namespacesNamed } from '../linux/index.ts';
import { type InstanceInterface, LabInstance } from './instance/instance.ts';
import { LabRecord } from './lab-record.ts';
import { type PluggablePort, SwitchConnection } from './switch-connection.ts';

const PREFIX = 'sxt-';
/** A lab's namespace: what is named in another way is somebody else's. */
const LAB_NAMESPACE = /^sxt-([0-9a-f]{6})-/;
/** Milliseconds that a switch may take to give ports back. */
const SWITCH_PATIENCE_MS = 5_000;

/** What `Lab.clean` removed. */
export interface Cleaned {
  readonly labs: string[];
  readonly namespaces: string[];
  readonly ports: string[];
}

export class Lab implements AsyncDisposable {
  readonly id: string;
  readonly #record: LabRecord;
  readonly #instances = new Set<LabInstance>();
  readonly #plugged = new Map<string, SwitchConnection>();
  #names = 0;

  private constructor(id: string, record: LabRecord) {
    this.id = id;
    this.#record = record;
  }

  /** Opens a lab with nothing in it. */
  static open(): Lab {
    const id = randomBytes(3).toString('hex');
    const record = LabRecord.take(id);
    return record === undefined ? Lab.open() : new Lab(id, record);
  }

  /** Makes an instance. Its name, unique or not, is for people; the namespace's has a number. */
  async instance(name: string): Promise<LabInstance> {
    const instance = await LabInstance.start(name, `${PREFIX}${this.id}-${++this.#names}-${name}`);
    this.#instances.add(instance);
    return instance;
  }

  /** Ends an instance. Its ports stay plugged in the switch, without a device, until they are unplugged. */
  async remove(instance: LabInstance): Promise<void> {
    this.#instances.delete(instance);
    await instance.stop();
  }

  /** Plugs a port into an instance: a device, down, with the port's MAC and MTU, and nothing else. */
  async plug(
    to: SwitchConnection,
    port: PluggablePort,
    instance: LabInstance,
    device: string,
  ): Promise<InstanceInterface> {
    this.#record.addPort({
      switchDatabase: to.facts.database,
      switchNamespace: to.facts.namespace,
      bridge: to.facts.bridge,
      portId: port.id,
    });
    this.#plugged.set(port.id, to);
    await to.plug(port, instance.namespace, device);
    return instance.interface(device);
  }

  /** Takes a port out of its instance and its switch; nothing happens when it is in none. */
  async unplug(portId: string): Promise<void> {
    await this.#plugged.get(portId)?.unplug(portId);
    this.#plugged.delete(portId);
    this.#record.removePort(portId);
  }

  /**
   * Removes all that the lab made. A switch that does not answer keeps its ports: they stay on record, and
   * `Lab.clean` takes them out should it ever answer again.
   */
  async close(): Promise<void> {
    let unplugged = false;
    try {
      unplugged = await this.#unplugAll();
    } finally {
      await Promise.all([...this.#instances].map((instance) => this.remove(instance)));
      if (unplugged) this.#record.remove();
      else this.#record.leave();
    }
  }

  /** Whether the switches gave all ports back in time. */
  async #unplugAll(): Promise<boolean> {
    const unplugging = Promise.all([...this.#plugged.keys()].map((portId) => this.unplug(portId)));
    const patience = new AbortController();
    try {
      return await Promise.race([
        unplugging.then(() => true),
        pause(SWITCH_PATIENCE_MS, false, { signal: patience.signal }),
      ]);
    } finally {
      patience.abort();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Removes what dead labs left: processes, namespaces, and their ports in switches that still run. What a living
   * lab has is left alone.
   */
  static async clean(log: Logger): Promise<Cleaned> {
    const cleaned: Cleaned = { labs: [], namespaces: [], ports: [] };
    const namespaces = Map.groupBy(
      namespacesNamed(PREFIX).filter((name) => LAB_NAMESPACE.test(name)),
      (name) => LAB_NAMESPACE.exec(name)![1]!,
    );
    for (const id of new Set([...LabRecord.ids(), ...namespaces.keys()])) {
      const record = LabRecord.take(id);
      if (record === undefined) continue;
      for (const namespace of namespaces.get(id) ?? []) {
        endProcessesIn(namespace);
        deleteNamespace(namespace);
        cleaned.namespaces.push(namespace);
      }
      cleaned.ports.push(...(await unplugAll(record, log)));
      record.remove();
      cleaned.labs.push(id);
    }
    return cleaned;
  }
}

/** Takes a dead lab's ports out of the switches that still run; with a switch that is gone, its ports are too. */
async function unplugAll(record: LabRecord, log: Logger): Promise<string[]> {
  const unplugged: string[] = [];
  for (const [database, ports] of Map.groupBy(record.ports, (port) => port.switchDatabase)) {
    if (isGone(database)) continue;
    const facts = { database, bridge: ports[0]!.bridge, namespace: ports[0]!.switchNamespace };
    try {
      const connection = await SwitchConnection.open(facts, log, AbortSignal.timeout(SWITCH_PATIENCE_MS));
      try {
        for (const { portId } of ports) {
          await connection.unplug(portId);
          unplugged.push(portId);
        }
      } finally {
        await connection.close();
      }
    } catch (error) {
      log.info({ err: error, database }, 'the switch of a dead lab is gone, and its ports with it');
    }
  }
  return unplugged;
}

/** Whether a switch's database has not even a socket any more. */
const isGone = (database: string): boolean =>
  database.startsWith('unix:') && !existsSync(database.slice('unix:'.length));

/** Kills whatever runs in a network namespace. */
function endProcessesIn(namespace: string): void {
  const there = statSync(namespacePath(namespace), { throwIfNoEntry: false });
  if (there === undefined) return; // its lab was closed meanwhile
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const own = statSync(`/proc/${pid}/ns/net`);
      if (own.ino === there.ino && own.dev === there.dev) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended meanwhile, or is the kernel's.
    }
  }
}
