/** Echo requests without end between instances, so that what is lost meanwhile can be counted. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Address } from '../../src/addressing/index.ts';
import type { LabInstance } from '../../src/lab/instance/instance.ts';
import { eventually } from './eventually.ts';

const INTERVAL_MS = 20;

export class Pinger {
  readonly #child: ChildProcess;
  readonly #answered = new Set<number>();

  private constructor(child: ChildProcess) {
    this.#child = child;
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [, sequence] = /^\d+ bytes from .* icmp_seq=(\d+) /.exec(line) ?? [];
        if (sequence !== undefined) this.#answered.add(Number(sequence));
      }
    });
  }

  /** Begins, and waits for the first answers. */
  static async start(from: LabInstance, target: Address, intervalMs = INTERVAL_MS): Promise<Pinger> {
    const words = ['-n', `-${target.family}`, '-i', String(intervalMs / 1_000), target.toString()];
    const pinger = new Pinger(
      from.inside(() => spawn('ping', words, { stdio: ['ignore', 'pipe', 'inherit'] })),
    );
    await pinger.getsMore();
    return pinger;
  }

  /** Waits for answers to requests after those that were answered so far, a few at least. */
  async getsMore(): Promise<void> {
    const last = Math.max(0, ...this.#answered);
    await eventually(
      'pings are answered',
      () => [...this.#answered].filter((one) => one > last).length >= 10,
    );
  }

  /** Ends, after more answers. Returns how many requests before the last one that was answered had no answer. */
  async lost(): Promise<number> {
    await this.getsMore();
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
    return Math.max(...this.#answered) - this.#answered.size;
  }
}
