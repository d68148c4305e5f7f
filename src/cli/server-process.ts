/** `sextant serve` as a process of its own, with a state directory of its own, for as long as a command takes. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { findServiceOfProcess, type LocalService } from '../service/index.ts';
import { CommandFailure } from './errors.ts';

const command = join(import.meta.dirname, '../../bin/sextant');

/** How often it is looked whether the service is there. */
const LOOK_MS = 50;

/** What is kept of the server's log, to be shown when it does not start. */
const LOG_CHARACTERS = 4_000;

export interface ServerProcess extends AsyncDisposable {
  readonly service: LocalService;
}

/**
 * Starts a server on a free port, and waits until it serves.
 * @throws CommandFailure with the end of its log when it ends instead
 */
export async function startServerProcess(): Promise<ServerProcess> {
  const state = await mkdtemp(join(tmpdir(), 'sextant-'));
  const child = spawn(command, ['serve', '--end-together', '--state', state, '--listen', '[::1]:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, SEXTANT_LOG_LEVEL: 'warn' },
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-LOG_CHARACTERS);
  });
  const end = async () => {
    await ended(child);
    await rm(state, { recursive: true, force: true });
  };
  for (;;) {
    const service = child.pid === undefined ? undefined : findServiceOfProcess(child.pid);
    if (service !== undefined) return { service, [Symbol.asyncDispose]: end };
    if (hasEnded(child)) {
      await end();
      throw new CommandFailure(`The server did not start:\n${log}`);
    }
    await setTimeout(LOOK_MS);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;
