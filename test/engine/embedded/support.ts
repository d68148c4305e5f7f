/** What the tests of the embedded engine share. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pino from 'pino';
import { EmbeddedEngine, type EmbeddedEngineOptions } from '../../../src/engine/embedded/embedded-engine.ts';
import { processesOf } from '../../../src/engine/embedded/state-directory.ts';
import { eventually } from '../../support/eventually.ts';

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

/** An engine that is stopped at the end of the scope, unless it was left before: then the one that adopts it is. */
export async function startEngine(
  scope: Scope,
  stateDir = temporaryStateDir(scope),
  options: Partial<EmbeddedEngineOptions> = {},
): Promise<EmbeddedEngine> {
  const engine = await EmbeddedEngine.start({
    stateDir,
    physicalNetworks: ['physnet1'],
    namespace: 'own',
    log: silent,
    ...options,
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

/** Process id of a daemon; undefined while there is none. */
export const findPid = (engine: { rundir: string }, daemon: string): number | undefined =>
  processesOf(engine.rundir).find(({ name }) => name === daemon)?.pid;

/** Process id of a daemon, as soon as it runs. */
export async function pidOf(engine: { rundir: string }, daemon: string): Promise<number> {
  await eventually(`${daemon} runs`, () => findPid(engine, daemon) !== undefined);
  return findPid(engine, daemon)!;
}

/** Kills a daemon with signal 9, and waits until a successor runs. */
export async function killDaemon(engine: { rundir: string }, daemon: string): Promise<void> {
  const pid = await pidOf(engine, daemon);
  process.kill(pid, 'SIGKILL');
  await eventually(`${daemon} runs again`, () => {
    const successor = findPid(engine, daemon);
    return successor !== undefined && successor !== pid;
  });
}

export function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`).length > 0;
  } catch {
    return false;
  }
}
