/**
 * A router's sessions in a file, for whoever translates on this host after this process: what becomes of them is written
 * behind what is there, and the whole anew when that has become long.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { aged, decodeRecords, encodeRecords } from './session-record.ts';

/** Before each batch: octets of records, and the time of the machine in milliseconds. */
const HEADER = { length: 0, time: 4, octets: 12 } as const;
/** A file of so many octets is short, whatever is in it. */
const SHORT = 256 * 1024;
/** It is written anew when it is so many times as long as that made it. */
const GROWTH = 4;

/** Milliseconds since the machine began: it counts on when this process ends. */
const machineMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

export class SessionJournal {
  readonly #path: string;
  #file: number;
  #octets = 0;
  #leastOctets = 0;
  /** Whether the whole is being written. */
  #isRenewing = false;

  /**
   * @param directory made when it is not there
   * @throws Error when there can be no file
   */
  constructor(directory: string, routerId: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#path = join(directory, routerId);
    this.#file = openSync(this.#path, 'a', 0o600);
    const { size } = fstatSync(this.#file);
    try {
      // The whole that a predecessor did not finish.
      writeWhole(this.#file, readIfThere(this.#unfinished));
      rmSync(this.#unfinished, { force: true });
    } catch (error) {
      // All of it, or nothing.
      ftruncateSync(this.#file, size);
      this.close();
      throw error;
    }
  }

  /** What was written, as it is now: each record, the older before the newer of the same. */
  read(): Uint8Array {
    const octets = readIfThere(this.#path);
    let whole = 0;
    const now = machineMs();
    const parts: Buffer[] = [];
    for (let at = 0; at + HEADER.octets <= octets.length; ) {
      const length = octets.readUInt32LE(at + HEADER.length);
      const records = octets.subarray(at + HEADER.octets, at + HEADER.octets + length);
      if (records.length < length) break;
      const ageMs = Math.max(0, now - octets.readDoubleLE(at + HEADER.time));
      parts.push(encodeRecords(aged(decodeRecords(records), ageMs)));
      at += HEADER.octets + length;
      whole = at;
    }
    // Whoever wrote the rest was killed: what comes is to stand behind what is whole.
    if (whole < octets.length) truncateSync(this.#path, whole);
    this.#octets = whole;
    return Buffer.concat(parts);
  }

  /**
   * Writes records of now.
   * @throws Error when not all of them could be written
   */
  append(records: Uint8Array): void {
    const header = Buffer.alloc(HEADER.octets);
    header.writeUInt32LE(records.length, HEADER.length);
    header.writeDoubleLE(machineMs(), HEADER.time);
    writeWhole(this.#file, Buffer.concat([header, records]));
    this.#octets += HEADER.octets + records.length;
  }

  /** Whether most of it is about what is over: it should be written anew. */
  get isLong(): boolean {
    return !this.#isRenewing && this.#octets > Math.max(SHORT, GROWTH * this.#leastOctets);
  }

  /** From now on what is written is the whole, and what becomes of it meanwhile. */
  renew(): void {
    this.#isRenewing = true;
    this.#reopen(this.#unfinished, 'w');
    this.#octets = 0;
  }

  /** The whole has been written: what was there before counts no more. */
  renewed(): void {
    this.#isRenewing = false;
    this.#leastOctets = this.#octets;
    renameSync(this.#unfinished, this.#path);
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Ends it, and takes the file away. */
  remove(): void {
    this.close();
    for (const path of [this.#path, this.#unfinished]) rmSync(path, { force: true });
  }

  get #unfinished(): string {
    return `${this.#path}.new`;
  }

  #reopen(path: string, flags: string): void {
    const file = openSync(path, flags, 0o600);
    closeSync(this.#file);
    this.#file = file;
  }
}

/** @throws Error when there is no room: of a part of them nothing may follow */
function writeWhole(file: number, octets: Uint8Array): void {
  const written = writeSync(file, octets);
  if (written < octets.length) throw new Error(`${written} of ${octets.length} octets could be written`);
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
