/** The floor that a Sextant is compared with: see `floor-process.ts`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./floor-process.ts', import.meta.url));

export interface Floor extends AsyncDisposable {
  readonly endpoint: string;
  readonly pid: number;
}

/** Starts it on an empty database of its own, which is removed with it. */
export async function startFloor(): Promise<Floor> {
  const directory = await mkdtemp(join(tmpdir(), 'sextant-floor-'));
  const child = fork(PROGRAM, [directory], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    await exited;
    await rm(directory, { recursive: true });
  };
  const started = await Promise.race([once(child, 'message'), exited.then(() => undefined)]);
  if (started === undefined) {
    await stop();
    throw new Error('The server to compare with did not start.');
  }
  return { endpoint: String(started[0]), pid: child.pid!, [Symbol.asyncDispose]: stop };
}
