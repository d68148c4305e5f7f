/** TCP without end from an instance to an echo server: connections that are kept, and new ones. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Address } from '../../addressing/index.ts';
import type { LabInstance } from '../instance/instance.ts';
import { waitUntil } from '../wait.ts';

const PROGRAM = join(import.meta.dirname, 'tcp-beat-process.ts');
/** In which what is waited for must come: a connection repeats what was lost ever more seldom. */
const PATIENCE_MS = 60_000;

/** For how many milliseconds at a stretch nothing came; undefined when nothing does any more. */
export interface TcpBeatResult {
  readonly keptMs: number | undefined;
  readonly newMs: number | undefined;
  /** On a connection on which the server alone speaks; 0 when there is none. */
  readonly heardMs: number | undefined;
}

type Kind = 'kept' | 'new' | 'heard';

export class TcpBeat {
  readonly #child: ChildProcess;
  readonly #times: Readonly<Record<Kind, number[]>> = { kept: [], new: [], heard: [] };
  readonly #listens: boolean;

  private constructor(child: ChildProcess, listens: boolean) {
    this.#child = child;
    this.#listens = listens;
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [kind, time] = line.split(' ');
        this.#times[kind as Kind].push(Number(time));
      }
    });
  }

  /** Starts a server that `start` can be directed at; it ends with the instance. */
  static serve(on: LabInstance, port: number): void {
    on.spawn([process.execPath, PROGRAM, String(port)]);
  }

  /**
   * Begins, and waits until all come about.
   * @param listens whether there is a connection, too, on which the server alone speaks
   */
  static async start(from: LabInstance, target: Address, port: number, listens = false): Promise<TcpBeat> {
    const words = [String(port), String(target), ...(listens ? ['listen'] : [])];
    const beat = new TcpBeat(from.spawn([process.execPath, PROGRAM, ...words]), listens);
    from.atStop(() => beat.stop());
    await beat.result();
    return beat;
  }

  /** Begins to count anew. */
  mark(): void {
    for (const times of Object.values(this.#times)) times.splice(0, times.length - 1);
  }

  /** What was seen since it began to count, when there was more of each. */
  async result(): Promise<TcpBeatResult> {
    const [keptMs, newMs, heardMs] = await Promise.all([
      this.#longest('kept'),
      this.#longest('new'),
      this.#listens ? this.#longest('heard') : 0,
    ]);
    return { keptMs, newMs, heardMs };
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  async #longest(kind: Kind): Promise<number | undefined> {
    const times = this.#times[kind];
    const count = times.length;
    if (!(await waitUntil(() => times.length > count + 2, PATIENCE_MS))) return undefined;
    return Math.round(Math.max(...times.slice(1).map((time, index) => time - times[index]!)));
  }
}
