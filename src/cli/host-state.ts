/** What a machine that joined keeps of it, beside key and certificates: how its processes are to be started. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChassisConnections } from '../engine/index.ts';

/** Where `sextant host join` keeps a machine's things. */
export const HOST_STATE = '/var/lib/sextant-host';

export interface HostState extends ChassisConnections {
  /** The host's name, and its chassis'. */
  readonly name: string;
  /** `https://...`: what the service has for hosts. */
  readonly server: string;
}

const file = (directory: string): string => join(directory, 'host.json');

/** Key and certificates. */
export const identityDirectory = (directory: string): string => join(directory, 'pki');

/** The directory of the switch, as `sextant stop` has it too. */
export const engineDirectory = (directory: string): string => join(directory, 'engine');

/** @returns undefined when the machine has not joined */
export function readHostState(directory: string): HostState | undefined {
  if (!existsSync(file(directory))) return undefined;
  return JSON.parse(readFileSync(file(directory), 'utf8')) as HostState;
}

export function writeHostState(directory: string, state: HostState): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(`${file(directory)}.new`, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(`${file(directory)}.new`, file(directory));
}
