/** Starting a process that cannot outlive this one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { inNamespace } from '../../host/namespace.ts';

/** How a process is started. */
export interface Launch {
  command: readonly [program: string, ...args: string[]];
  /** Network namespace to start it in; null is this process's own. */
  namespace: string | null;
  environment: Record<string, string>;
  /** File descriptor that takes its standard output and error output. */
  output: number;
}

/**
 * Starts a process that the kernel kills when this one ends, whatever way it ends. It has a session of its own, so
 * that Ctrl-C in a terminal reaches only this process, which then ends its children in order.
 *
 * The kernel's promise (PR_SET_PDEATHSIG) only begins when setpriv asks for it. If `parent` (this process) died
 * before, the shell finds another parent and gives up.
 */
export function launch(
  { command, namespace, environment, output }: Launch,
  parent = process.pid,
): ChildProcess {
  const guard = ['--pdeathsig', 'KILL', '--', 'sh', '-c', '[ "$PPID" = "$0" ] && exec "$@"', String(parent)];
  return inNamespace(namespace, () =>
    spawn('setpriv', [...guard, ...command], {
      cwd: '/',
      detached: true,
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        LC_ALL: 'C',
        ...environment,
      },
      stdio: ['ignore', output, output],
    }),
  );
}
