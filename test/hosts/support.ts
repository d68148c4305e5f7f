/** What the tests of several hosts share. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pino from 'pino';
import type { LabHosts } from '../../src/cli/lab-hosts.ts';
import { processesOf } from '../../src/engine/embedded/state-directory.ts';
import type { LabMachine } from '../../src/lab/index.ts';

const execute = promisify(execFile);

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

/** Runs `ovn-nbctl` on the service's northbound database. */
export const northbound =
  ({ service }: LabHosts) =>
  async (...words: string[]): Promise<string> =>
    (await execute('ovn-nbctl', [`--db=${service.northbound}`, ...words])).stdout.trim();

/** The chassis that OVN has a port on, and those that it may move to. */
export async function bindingOfPort(
  { service }: LabHosts,
  portId: string,
): Promise<{ readonly main: string; readonly further: readonly string[] }> {
  const database = service.northbound.replace('ovnnb', 'ovnsb');
  const list = async (...words: string[]) => {
    const { stdout } = await execute('ovn-sbctl', [`--db=${database}`, '--bare', '--no-headings', ...words]);
    return stdout.trim();
  };
  const find = (column: string) =>
    list(`--columns=${column}`, 'find', 'Port_Binding', `logical_port=${portId}`);
  const nameOf = (id: string) => list('--columns=name', 'list', 'Chassis', id);
  const [main, further] = [await find('chassis'), await find('additional_chassis')];
  return {
    main: main === '' ? '' : await nameOf(main),
    further: await Promise.all(further.split(' ').filter(Boolean).map(nameOf)),
  };
}
