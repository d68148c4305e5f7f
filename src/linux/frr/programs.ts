/** The daemons of FRR that speak BGP, as Debian's package has them, and how each is started in a place of its own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORY = '/usr/lib/frr';

/** In the order in which they are started. */
export const FRR_DAEMONS = ['zebra', 'bgpd', 'bfdd'] as const;
export type FrrDaemon = (typeof FRR_DAEMONS)[number];

/** Whether this machine has them. */
export const hasFrr = (): boolean => FRR_DAEMONS.every((name) => existsSync(join(DIRECTORY, name)));

/** Where a daemon takes lines. */
export const vtySocket = (directory: string, name: FrrDaemon): string => join(directory, `${name}.vty`);

/** The file of a daemon's configuration, which must be there: it may be empty. */
export const configurationFile = (directory: string, name: FrrDaemon): string =>
  join(directory, `${name}.conf`);

/** By which of its arguments a daemon is known. */
export const pidFileArgument = (directory: string, name: FrrDaemon): string =>
  `--pid_file=${join(directory, `${name}.pid`)}`;

/**
 * The command of a daemon, in the foreground.
 * @param directory its own: of its sockets and files
 */
export const frrCommand = (directory: string, name: FrrDaemon): [program: string, ...args: string[]] => [
  join(DIRECTORY, name),
  pidFileArgument(directory, name),
  `--config_file=${configurationFile(directory, name)}`,
  `--socket=${join(directory, 'zserv.api')}`,
  `--vty_socket=${directory}`,
  '--vty_port=0',
  '--log-level=warnings',
  ...(name === 'bfdd' ? [`--bfdctl=${join(directory, 'bfdd.sock')}`] : []),
];
