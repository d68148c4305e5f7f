/** strongSwan as Debian's packages have it: how its daemon is started in a place of its own, and how it is told things. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const CHARON_PROGRAM = '/usr/lib/ipsec/charon';
const SWANCTL = '/usr/sbin/swanctl';
/** Without it there are neither elliptic curves nor AES-GCM for keys. */
const OPENSSL_PLUGIN = '/usr/lib/ipsec/plugins/libstrongswan-openssl.so';

/** The name of the daemon. */
export const CHARON = 'charon';
/** Debian's packages that have all of it. */
export const STRONGSWAN_PACKAGES = 'strongswan-charon strongswan-swanctl libstrongswan-standard-plugins';

/** Whether this machine has it. */
export const hasStrongswan = (): boolean => [CHARON_PROGRAM, SWANCTL, OPENSSL_PLUGIN].every(existsSync);

/** By which of its words a daemon is known: it takes no arguments, so that is what it is called. */
export const charonMark = (directory: string): string => `--pid_file=${join(directory, `${CHARON}.pid`)}`;

/** The file of the daemon's settings, and those of swanctl. */
export const strongswanSettings = (directory: string): string => join(directory, 'strongswan.conf');

/** Where the daemon takes commands, by name in its directory. */
export const VICI_SOCKET = 'charon.vici';

/**
 * The command of a daemon, in the foreground. It has its files in /run whatever it is told: its own directory is that for
 * it, and the machine's own daemon, if there is one, is not in its way.
 */
export const charonCommand = (directory: string): [program: string, ...args: string[]] => [
  ...(['unshare', '--mount', 'bash', '-c', 'mount --bind "$1" /run && exec -a "$2" "$3"', 'bash'] as const),
  ...[directory, charonMark(directory), CHARON_PROGRAM],
];

/** What the daemon has to have in its environment. */
export const charonEnvironment = (): Record<string, string> => ({
  STRONGSWAN_CONF: strongswanSettings('/run'),
});

/** A command of swanctl's to the daemon of a directory. */
export const swanctlCommand = (
  directory: string,
  ...words: readonly string[]
): [program: string, ...args: string[]] => [
  ...([SWANCTL, ...words, '--uri', `unix://${join(directory, VICI_SOCKET)}`] as const),
];

/** What swanctl has to have in its environment. */
export const swanctlEnvironment = (directory: string): Record<string, string> => ({
  STRONGSWAN_CONF: strongswanSettings(directory),
  SWANCTL_DIR: directory,
});
