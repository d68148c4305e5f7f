/** Commands that run to their end. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** How a command ended. */
export interface CommandResult {
  /** Exit status; null when a signal ended it, as when it took too long. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that failed where none should. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly result: CommandResult;

  constructor(command: readonly string[], result: CommandResult) {
    const said = result.stderr.trim() || result.stdout.trim() || 'it said nothing';
    super(`${command.join(' ')}: ${said} (status ${result.status})`);
    this.result = result;
  }
}

/** Waits for the end of a process whose output goes to pipes. It is killed after `milliseconds`. */
export async function result(child: ChildProcess, milliseconds: number): Promise<CommandResult> {
  const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
  try {
    const [[status], stdout, stderr] = await Promise.all([
      once(child, 'close') as Promise<[number | null]>,
      text(child.stdout!),
      text(child.stderr!),
    ]);
    return { status, stdout, stderr };
  } finally {
    clearTimeout(timer);
  }
}
