/** What the tests of the embedded engine share. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pino from 'pino';
import { EmbeddedEngine } from '../../../src/engine/embedded/embedded-engine.ts';

export const silent = pino({ level: 'silent' });
const exec = promisify(execFile);

/** Whoever runs functions at its end: a test, or with the `after` of node:test the file. */
export interface Scope {
  after(action: () => void | Promise<void>): void;
}

/** A state directory that is gone at the end of the scope. */
export function temporaryStateDir(scope: Scope): string {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-engine-'));
  scope.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** An engine that is stopped at the end of the scope. */
export async function startEngine(
  scope: Scope,
  stateDir = temporaryStateDir(scope),
): Promise<EmbeddedEngine> {
  const engine = await EmbeddedEngine.start({
    stateDir,
    physicalNetworks: ['physnet1'],
    namespace: 'own',
    log: silent,
  });
  scope.after(() => engine.stop());
  return engine;
}

/** Runs a tool of OVS or OVN on an engine; returns what it prints. */
export async function tool(engine: { rundir: string }, program: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, OVS_RUNDIR: engine.rundir, OVN_RUNDIR: engine.rundir };
  const { stdout } = await exec(program, args, { env, timeout: 20_000 });
  return stdout.trim();
}

/** Process id of a daemon, from its pid file. */
export function pidOf(engine: { rundir: string }, daemon: string): number {
  return Number(readFileSync(`${engine.rundir}/${daemon}.pid`, 'utf8'));
}

/** Kills a daemon with signal 9, and waits until a successor has written its pid file. */
export async function killDaemon(engine: { rundir: string }, daemon: string): Promise<void> {
  const pid = pidOf(engine, daemon);
  process.kill(pid, 'SIGKILL');
  await eventually(`${daemon} runs again`, () => {
    if (!existsSync(`${engine.rundir}/${daemon}.pid`)) return false;
    const successor = pidOf(engine, daemon);
    return successor !== pid && isRunning(successor);
  });
}

export function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`).length > 0;
  } catch {
    return false;
  }
}

/** Waits until a condition holds; the error says which one did not within 30 s. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const patience = AbortSignal.timeout(30_000);
  while (!(await condition())) {
    if (patience.aborted) throw new Error(`still not so after 30 s: ${what}`);
    await delay(20);
  }
}
