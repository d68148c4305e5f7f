/** Starting a process that cannot outlive this one, or one that does. */
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
  /** Whether it goes on when this process ends. */
  outlives: boolean;
}

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** All of the environment that a process is started with: nothing else of this one's comes with it. */
export const launchEnvironment = ({
  environment,
}: Pick<Launch, 'environment'>): Readonly<Record<string, string>> => ({
  PATH: SYSTEM_PATH,
  LC_ALL: 'C',
  ...environment,
});

/**
 * Starts a process. It has a session of its own, so that Ctrl-C in a terminal reaches only this process, which then
 * ends its children in order.
 *
 * Unless it outlives this one, the kernel kills it when this one ends, whatever way that happens. The kernel's promise
 * (PR_SET_PDEATHSIG) only begins when setpriv asks for it. If `parent` (this process) died before, the shell finds
 * another parent and gives up.
 */
export function launch(how: Launch, parent = process.pid): ChildProcess {
  const { command, namespace, niceness, output, outlives } = how;
  const guard = ['--pdeathsig', 'KILL', '--', 'sh', '-c', '[ "$PPID" = "$0" ] && exec "$@"', String(parent)];
  const [program, ...args] = outlives ? command : (['setpriv', ...guard, ...command] as const);
  const child = inNamespace(namespace, () =>
    spawn(program, args, {
      cwd: '/',
      detached: true,
      env: launchEnvironment(how),
      stdio: ['ignore', output, output],
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
