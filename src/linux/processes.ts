/** Processes of the machine as /proc shows them, and those of others looked after like own children. */
import { readdirSync, readFileSync, statSync } from 'node:fs';

/** How often it is looked whether a process that is no child lives. */
const LOOK_MS = 100;
/** What the kernel counts times of processes in (`sysconf(_SC_CLK_TCK)`), on every architecture of Linux. */
const TICKS_A_SECOND = 100;

/** Ids of the running processes that have an argument for which `test` holds. */
export function processesWithArgument(test: (argument: string) => boolean): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => commandLine(pid).some(test));
}

/** The program and its arguments; nothing of a process that has ended, even if nobody took note of that yet. */
export function commandLine(pid: number): string[] {
  return readWords(`/proc/${pid}/cmdline`);
}

/** What a process was started with. */
export interface ProcessOrigin {
  readonly command: readonly string[];
  /** `NAME=value`, sorted. */
  readonly environment: readonly string[];
  /** The file of its program, such as `8:1/1234`: another one when a package has been upgraded since. */
  readonly program: string;
  /** Its network namespace, as such a file. */
  readonly namespace: string;
}

/** @returns undefined when it has ended, or is somebody else's */
export function originOf(pid: number): ProcessOrigin | undefined {
  const program = fileIdentity(`/proc/${pid}/exe`);
  const namespace = fileIdentity(`/proc/${pid}/ns/net`);
  if (program === undefined || namespace === undefined) return undefined;
  return {
    command: commandLine(pid),
    environment: readWords(`/proc/${pid}/environ`).sort(),
    program,
    namespace,
  };
}

/** Tells files apart whatever they are called; undefined when there is none. */
export function fileIdentity(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}/${ino}`;
  } catch {
    return undefined;
  }
}

/**
 * A process that is no child of this one. Its id alone does not name it, as another may have that once it has ended;
 * its id and when it began do.
 */
export class FoundProcess {
  readonly pid: number;
  readonly since: Date;
  readonly exited: Promise<string>;
  /** Tells it from another that has its id after it. */
  readonly began: number;
  readonly #timer: NodeJS.Timeout;

  private constructor(pid: number, began: number) {
    this.pid = pid;
    this.began = began;
    this.since = new Date(bootTime() + (began / TICKS_A_SECOND) * 1_000);
    const { promise, resolve } = Promise.withResolvers<string>();
    this.exited = promise;
    this.#timer = setInterval(() => {
      if (this.#isAlive()) return;
      this.letGo();
      resolve('it ended');
    }, LOOK_MS);
  }

  /** @returns undefined when there is none that lives */
  static of(pid: number): FoundProcess | undefined {
    const began = beginOf(pid);
    return began === undefined ? undefined : new FoundProcess(pid, began);
  }

  /** Sends it a signal; nothing happens when it has ended. */
  kill(signal: NodeJS.Signals): void {
    if (!this.#isAlive()) return;
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Looks no more whether it lives: `exited` is never settled then. */
  letGo(): void {
    clearInterval(this.#timer);
  }

  #isAlive(): boolean {
    return beginOf(this.pid) === this.began;
  }
}

/** When a process began, in ticks since the machine did; undefined when it has ended. */
function beginOf(pid: number): number | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // proc(5): the second field is the program's name, in parentheses, and may hold anything.
  const [state = '', ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? undefined : Number(fields[18]);
}

/** When the machine began, in milliseconds since 1970. */
function bootTime(): number {
  const [, seconds = '0'] = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8')) ?? [];
  return Number(seconds) * 1_000;
}

/** The words of a file of /proc, each with a zero behind it. */
function readWords(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\0').filter(Boolean);
  } catch {
    return []; // it ended meanwhile
  }
}
