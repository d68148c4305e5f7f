/** What the tests of several hosts share. */
import { join } from 'node:path';
import pino from 'pino';
import type { LabHosts } from '../../src/cli/lab-hosts.ts';
import { processesOf } from '../../src/engine/embedded/state-directory.ts';
import type { LabMachine } from '../../src/lab/index.ts';

export const silent = pino({ level: 'silent' });

/** A token as an administrator makes one. */
export async function makeToken({ client }: LabHosts, wish: object = {}): Promise<string> {
  return (await client.create('host_token', wish)).token!;
}

/**
 * Asks the service as a machine that joined, with its certificate; or as one that has none.
 * @returns status and body
 */
export function ask(
  hosts: LabHosts,
  machine: LabMachine | undefined,
  path: string,
  portId: string,
): Promise<string> {
  const from = machine ?? hosts.fabric.machine('nobody');
  const files = machine ? [`${hosts.stateOf(machine)}/pki`] : [];
  const program = join(import.meta.dirname, 'ask.ts');
  return from.run([process.execPath, program, `${hosts.server}${path}`, portId, ...files]);
}

/** What OVN's controller on a machine says of the southbound database. */
export async function southboundStatus(hosts: LabHosts, machine: LabMachine): Promise<string> {
  const run = hosts.rundirOf(machine);
  const pid = processesOf(run).find(({ name }) => name === 'ovn-controller')!.pid;
  const control = `${run}/ovn-controller.${pid}.ctl`;
  return (await machine.run(['ovn-appctl', '-t', control, 'connection-status'])).trim();
}
