/** `sextant serve` as a process that a measurement starts, watches and stops. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { processCpu, residentMemory } from '../process-figures.ts';

const COMMAND = join(import.meta.dirname, '../../bin/sextant');
const LOOK_MS = 20;

/** What `GET /status` tells, as far as it is looked at. */
interface Status {
  readonly engine: {
    readonly position: number | null;
    readonly journal_end: number | null;
    readonly counters: { readonly units: number };
  } | null;
  readonly processes: readonly { readonly name: string; readonly pid: number | null }[] | null;
}

/** A service on a state directory, with an engine of its own that outlives it. */
export class ServiceProcess {
  readonly endpoint: string;
  readonly #state: string;
  readonly #child: ChildProcess;
  readonly #startedAt = performance.now();

  constructor(state: string, port: number) {
    this.endpoint = `http://[::1]:${port}`;
    this.#state = state;
    const flags = ['--state', state, '--listen', `[::1]:${port}`, '--log-level', 'warn'];
    this.#child = spawn(COMMAND, ['serve', ...flags], { stdio: ['ignore', 'inherit', 'inherit'] });
  }

  /** Seconds since it was started. */
  get age(): number {
    return (performance.now() - this.#startedAt) / 1_000;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Seconds of CPU that the service itself has taken. */
  get cpu(): number {
    return (processCpu(this.pid) ?? 0) / 1_000;
  }

  /** Resident memory in MiB. */
  get memory(): number {
    return residentMemory(this.pid);
  }

  /** Resolves when the API answers. */
  async answers(): Promise<void> {
    await until(async () => (await fetch(`${this.endpoint}/healthz`)).ok);
  }

  /** Resolves when OVN has all that is in the store. */
  async settled(): Promise<void> {
    await until(async () => {
      const { engine } = await this.status();
      return engine?.position != null && engine.position === engine.journal_end;
    });
  }

  /** Resolves when so many units were looked at since the start. */
  async lookedAt(units: number): Promise<void> {
    await until(async () => ((await this.status()).engine?.counters.units ?? 0) >= units);
  }

  async status(): Promise<Status> {
    return (await (await fetch(`${this.endpoint}/status`)).json()) as Status;
  }

  /** Process ids by name, those that run. */
  async processes(): Promise<Map<string, number>> {
    const { processes } = await this.status();
    return new Map([
      ['server', this.pid] as const,
      ...(processes ?? []).flatMap(({ name, pid }) => (pid === null ? [] : [[name, pid] as const])),
    ]);
  }

  /** Where its OVN listens. */
  get northbound(): string {
    return this.#announcement.northbound;
  }

  /** Its switch. */
  get host(): { readonly switchDatabase: string } {
    return this.#announcement.host;
  }

  get #announcement(): { readonly northbound: string; readonly host: { readonly switchDatabase: string } } {
    const file = `/run/sextant/services/${this.pid}-${new URL(this.endpoint).port}.json`;
    return JSON.parse(readFileSync(file, 'utf8'));
  }

  /** Asks it to stop. @returns how many seconds that took */
  async stop(): Promise<number> {
    const startedAt = performance.now();
    const exit = once(this.#child, 'exit');
    if (this.#child.exitCode === null && this.#child.kill('SIGTERM')) await exit;
    return (performance.now() - startedAt) / 1_000;
  }

  /** Ends its engine, too. */
  async end(): Promise<void> {
    await promisify(execFile)(COMMAND, ['stop', '--state', this.#state]);
  }
}

/** Asks again and again; a service that does not answer yet is not there yet. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo().catch(() => false))) await sleep(LOOK_MS);
}
