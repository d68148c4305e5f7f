/** Echo requests without end from an instance, so that what is lost meanwhile can be counted. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Address } from '../../addressing/index.ts';
import type { LabInstance } from '../instance/instance.ts';
import { waitUntil } from '../wait.ts';

const INTERVAL_MS = 20;
/** In which answers that are waited for must come. */
const PATIENCE_MS = 30_000;
/** Answers after which it is plain that there are more. */
const SOME = 10;

/** What became of requests that were sent one after the other. */
export interface PingerResult {
  /** Requests before the last one that was answered which were not. */
  readonly lost: number;
  /** For how long no answer was had at a stretch, as far as the interval between requests tells. */
  readonly outageMs: number;
  /** Answers beside the first to the same request. */
  readonly duplicates: number;
}

export class Pinger {
  readonly #child: ChildProcess;
  readonly #intervalMs: number;
  readonly #answered = new Set<number>();
  #duplicates = 0;
  /** The last request that does not count. */
  #begin = 0;

  private constructor(child: ChildProcess, intervalMs: number) {
    this.#child = child;
    this.#intervalMs = intervalMs;
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#read(line);
    });
  }

  /**
   * Begins, and waits for the first answers.
   * @throws Error when none come
   */
  static async start(from: LabInstance, target: Address, intervalMs = INTERVAL_MS): Promise<Pinger> {
    const words = ['-n', `-${target.family}`, '-i', String(intervalMs / 1_000), target.toString()];
    const pinger = new Pinger(from.spawn(['ping', ...words]), intervalMs);
    await pinger.getsMore();
    return pinger;
  }

  /**
   * Waits for answers to requests after those that were answered so far, a few at least.
   * @throws Error when none come
   */
  async getsMore(): Promise<void> {
    const last = this.#last;
    const more = () => [...this.#answered].filter((one) => one > last).length >= SOME;
    if (!(await waitUntil(more, PATIENCE_MS))) throw new Error('pings are not answered any more');
  }

  /** Begins to count anew. */
  mark(): void {
    this.#begin = this.#last;
    this.#duplicates = 0;
  }

  /**
   * What was seen since it began to count, after more answers.
   * @throws Error when none come
   */
  async result(): Promise<PingerResult> {
    await this.getsMore();
    const sequence = [...this.#answered].filter((one) => one > this.#begin).sort((one, other) => one - other);
    const gaps = sequence.map((one, index) => one - (sequence[index - 1] ?? this.#begin) - 1);
    return {
      lost: gaps.reduce((sum, gap) => sum + gap, 0),
      outageMs: Math.max(...gaps) * this.#intervalMs,
      duplicates: this.#duplicates,
    };
  }

  /**
   * Ends, after more answers.
   * @throws Error when none come
   */
  async end(): Promise<PingerResult> {
    try {
      return await this.result();
    } finally {
      await this.stop();
    }
  }

  /** Ends at once. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  get #last(): number {
    return Math.max(0, ...this.#answered);
  }

  #read(line: string): void {
    const [, number] = /^\d+ bytes from .* icmp_seq=(\d+) /.exec(line) ?? [];
    if (number === undefined) return;
    if (this.#answered.has(Number(number))) this.#duplicates++;
    this.#answered.add(Number(number));
  }
}
