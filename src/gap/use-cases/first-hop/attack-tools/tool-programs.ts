/** The programs that the tools are. */
import type { AttackTool } from './attack-tool.ts';

/** The program that a tool runs: `atk6-parasite6`. thc-ipv6 puts `atk6-` before its names on Debian. */
export function programOf({ name }: AttackTool): string {
  const [program = ''] = name.split(' ');
  return SI6.has(program) ? program : `atk6-${program}`;
}

/** The programs of ipv6toolkit; all others are of thc-ipv6. */
const SI6: ReadonlySet<string> = new Set(['ra6', 'na6', 'ns6', 'rd6', 'frag6']);
