/** Which datapath the switch can have. */
import { execFile } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { inNamespace, processesWithArgument } from '../../linux/index.ts';
import { searchPath } from './programs.ts';

const run = promisify(execFile);
const PROBE = 'system@sxt-probe';

/**
 * `system` when the kernel's Open vSwitch module is usable in the namespace, else `netdev` (userspace). Found out
 * by making a datapath, which also makes the kernel load its module.
 */
export async function usableDatapath(namespace: string | null, prefix: string): Promise<'system' | 'netdev'> {
  const env = { PATH: searchPath(prefix) };
  try {
    await inNamespace(namespace, () => run('ovs-dpctl', ['add-dp', PROBE], { env }));
    await inNamespace(namespace, () => run('ovs-dpctl', ['del-dp', PROBE], { env }));
    return 'system';
  } catch {
    return 'netdev';
  }
}

/** Process id of an ovs-vswitchd that runs in this process's network namespace: two of them would get in each other's way. */
export function switchDaemonHere(): number | undefined {
  const here = readlinkSync('/proc/self/ns/net');
  return processesWithArgument((argument) => /(^|\/)ovs-vswitchd$/.test(argument)).find((pid) => {
    try {
      return (
        readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'ovs-vswitchd' &&
        readlinkSync(`/proc/${pid}/ns/net`) === here
      );
    } catch {
      return false; // it ended meanwhile
    }
  });
}
