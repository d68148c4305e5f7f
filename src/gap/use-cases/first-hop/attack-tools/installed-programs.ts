/** Which of the programs this machine has. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AttackTool } from './attack-tool.ts';

const DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'];

/** Whether there is the program that a tool runs; `program` is the first word of its command. */
export const isInstalled = (program: string): boolean =>
  DIRECTORIES.some((directory) => existsSync(join(directory, program)));

/** The program that a tool runs: `atk6-parasite6`. thc-ipv6 puts `atk6-` before its names on Debian. */
export function programOf({ name }: AttackTool): string {
  const [program = ''] = name.split(' ');
  return SI6.has(program) ? program : `atk6-${program}`;
}

/** The programs of ipv6toolkit; all others are of thc-ipv6. */
const SI6: ReadonlySet<string> = new Set(['ra6', 'na6', 'ns6', 'rd6', 'frag6']);
