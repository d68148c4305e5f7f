/** Starting a process that cannot outlive this one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { inNamespace } from './namespace.ts';

/** How a process is started. */
export interface Launch {
  command: readonly [program: string, ...args: string[]];
  /** Network namespace to start it in; null is this process's own. */
  namespace: string | null;
  environment: Record<string, string>;
  /** 0 is ordinary; up to 19, the higher the less of a busy processor it gets. */
  niceness: number;
  /** File descriptor that takes its standard output and error output. */
  output: number;
  /** Whether it can send messages to this process (child_process, `ipc`). */
  messages?: boolean;
}

/**
 * Starts a process that the kernel kills when this one ends, whatever way it ends. It has a session of its own, so
 * that Ctrl-C in a terminal reaches only this process, which then ends its children in order.
 *
 * The kernel's promise (PR_SET_PDEATHSIG) only begins when setpriv asks for it. If `parent` (this process) died
 * before, the shell finds another parent and gives up.
 */
export function launch(
  { command, namespace, environment, niceness, output, messages = false }: Launch,
  parent = process.pid,
): ChildProcess {
  const guard = ['--pdeathsig', 'KILL', '--', 'sh', '-c', '[ "$PPID" = "$0" ] && exec "$@"', String(parent)];
  const child = inNamespace(namespace, () =>
    spawn('setpriv', [...guard, ...command], {
      cwd: '/',
      detached: true,
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        LC_ALL: 'C',
        ...environment,
      },
      stdio: ['ignore', output, output, ...(messages ? (['ipc'] as const) : [])],
    }),
  );
  if (child.pid && niceness > 0) setNiceness(child.pid, niceness);
  return child;
}

/**
 * With autogroups (sched(7)) the kernel shares the processor among sessions, and niceness counts only within one. As
 * the process has a session of its own, the session must have it too.
 */
function setNiceness(pid: number, niceness: number): void {
  setPriority(pid, niceness);
  const autogroup = `/proc/${pid}/autogroup`;
  if (existsSync(autogroup)) writeFileSync(autogroup, String(niceness));
}
