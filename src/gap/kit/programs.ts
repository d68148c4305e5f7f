/** Programs of this machine. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'];

/** Whether this machine has a program. */
export const isInstalled = (program: string): boolean =>
  DIRECTORIES.some((directory) => existsSync(join(directory, program)));
