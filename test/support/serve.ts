/** `sextant serve` as a process of its own, as users run it, so that it can be killed. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { NeutronClient } from '../../src/client/index.ts';

const command = fileURLToPath(new URL('../../bin/sextant', import.meta.url));
const run = promisify(execFile);

export interface Served {
  readonly process: ChildProcess;
  readonly endpoint: string;
  readonly client: NeutronClient;
  /** The last of what it and its host process logged. */
  log(): string;
  /** Ends it at once: SIGKILL. */
  kill(): Promise<void>;
  /** Asks it to stop, and waits until it has. */
  stop(): Promise<void>;
}

/** A TCP port on loopback that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '::1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/**
 * Starts the service on a state directory, and waits until what its API is asked for reaches OVN.
 * @param environment of the process, beside this one's
 * @param lifetime of OVN and the host process: whether they end with the service, or whoever calls this has to end them
 * @param within words of a command that runs the service as itself
 */
export async function serve(
  stateDir: string,
  port: number,
  environment: Readonly<Record<string, string>> = {},
  lifetime: 'together' | 'outlives' = 'together',
  within: readonly string[] = [],
): Promise<Served> {
  const endpoint = `http://[::1]:${port}`;
  const flags = ['--state', stateDir, '--listen', `[::1]:${port}`];
  if (lifetime === 'together') flags.push('--end-together');
  const [program, ...words] = [...within, command, 'serve', ...flags];
  const child = spawn(program!, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SEXTANT_LOG_LEVEL: 'warn', ...environment },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output = (output + chunk).slice(-20_000);
    });
  }
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (;;) {
    try {
      const parts = (await (await fetch(`${endpoint}/readyz`)).json()) as Record<string, { ok: boolean }>;
      if (parts.northbound?.ok) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } catch {
      if (child.exitCode !== null) throw new Error(`sextant serve ended:\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  return {
    process: child,
    endpoint,
    client: NeutronClient.at(endpoint),
    log: () => output,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

/** Process ids whose command line has all of these words. */
export async function processesWith(...words: string[]): Promise<number[]> {
  const { stdout } = await run('ps', ['-eo', 'pid=,args=', '-ww']);
  return stdout
    .split('\n')
    .filter((line) => words.every((word) => line.includes(word)))
    .map((line) => Number.parseInt(line, 10));
}
