/**
 * What is known of a lab outside of its process: a directory under /run/sextant/labs that the process keeps locked
 * as long as it lives, with the ports that it plugged into a switch. Whoever can take the lock knows that the lab
 * is dead, and may remove what it left.
 */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { flock, LOCK_EX, LOCK_NB, SystemCallError } from '../linux/index.ts';

const DIRECTORY = '/run/sextant/labs';

/** A port that a lab plugged into a switch. */
export interface RecordedPort {
  /** OVSDB remote of the switch's database. */
  readonly switchDatabase: string;
  /** Network namespace of the switch; null is the machine's. */
  readonly switchNamespace: string | null;
  readonly bridge: string;
  readonly portId: string;
}

export class LabRecord {
  readonly id: string;
  readonly #lock: number;
  readonly #ports = new Map<string, RecordedPort>();

  private constructor(id: string, lock: number) {
    this.id = id;
    this.#lock = lock;
    for (const port of readPorts(id)) this.#ports.set(port.portId, port);
  }

  /** Takes a lab's record into possession, a new one if there is none; undefined when the lab is alive. */
  static take(id: string): LabRecord | undefined {
    const lock = openLock(id);
    try {
      flock(lock, LOCK_EX | LOCK_NB);
    } catch (error) {
      closeSync(lock);
      if (error instanceof SystemCallError && error.code === 'EAGAIN') return undefined;
      throw error;
    }
    // Whoever had the lock before may have removed the record meanwhile, and this lock would protect nothing.
    if (isSameFile(lock, lockFile(id))) return new LabRecord(id, lock);
    closeSync(lock);
    return LabRecord.take(id);
  }

  /** The ids of all labs that have a record, living and dead. */
  static ids(): string[] {
    mkdirSync(DIRECTORY, { recursive: true });
    return readdirSync(DIRECTORY);
  }

  /** Ports that are plugged in, or were about to be when the lab died. */
  get ports(): RecordedPort[] {
    return [...this.#ports.values()];
  }

  /** To be called before a port is plugged in. */
  addPort(port: RecordedPort): void {
    this.#ports.set(port.portId, port);
    this.#write();
  }

  /** To be called after a port was taken out. */
  removePort(portId: string): void {
    if (this.#ports.delete(portId)) this.#write();
  }

  /** Forgets the lab. */
  remove(): void {
    rmSync(`${DIRECTORY}/${this.id}`, { recursive: true, force: true });
    this.leave();
  }

  /** Lets go of the lab, without forgetting it. */
  leave(): void {
    closeSync(this.#lock);
  }

  #write(): void {
    const file = portsFile(this.id);
    writeFileSync(`${file}.new`, JSON.stringify(this.ports));
    renameSync(`${file}.new`, file);
  }
}

const lockFile = (id: string): string => `${DIRECTORY}/${id}/lock`;
const portsFile = (id: string): string => `${DIRECTORY}/${id}/ports.json`;

function readPorts(id: string): RecordedPort[] {
  try {
    return JSON.parse(readFileSync(portsFile(id), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function openLock(id: string): number {
  mkdirSync(`${DIRECTORY}/${id}`, { recursive: true });
  try {
    return openSync(lockFile(id), 'w');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return openLock(id); // removed in between
    throw error;
  }
}

function isSameFile(opened: number, path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  const { ino, dev } = fstatSync(opened);
  return found?.ino === ino && found.dev === dev;
}
