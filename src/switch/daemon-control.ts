/** How daemons of OVS and OVN that run beside the switch are spoken to: by unixctl (ovs-appctl(8)). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jsonRpcCall } from '../ovsdb/index.ts';

/**
 * Process id of a daemon, as it says itself.
 * @param rundir directory of its sockets, OVS_RUNDIR or OVN_RUNDIR
 * @throws a system error when it was never there
 */
export const daemonPid = async (rundir: string, daemon: string): Promise<string> =>
  (await readFile(join(rundir, `${daemon}.pid`), 'utf8')).trim();

/**
 * Has a daemon do something.
 * @param pid of the process that is to do it
 * @returns what it says
 * @throws JsonRpcError when it does not; a system error when it is not there; a TimeoutError
 */
export function callDaemon(
  { rundir, daemon, pid }: { readonly rundir: string; readonly daemon: string; readonly pid: string },
  method: string,
  params: readonly string[],
  patienceMs: number,
): Promise<unknown> {
  return jsonRpcCall(join(rundir, `${daemon}.${pid}.ctl`), method, params, AbortSignal.timeout(patienceMs));
}
