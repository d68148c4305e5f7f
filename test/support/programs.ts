/** A prefix with programs of OVN and Open vSwitch of its own, so that they can be replaced as an upgrade does it. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const PROGRAMS = ['ovsdb-server', 'ovn-northd', 'ovn-controller', 'ovs-vswitchd'];

/** Makes the prefix: copies of the daemons, and the system's schemas. */
export function copyPrograms(prefix: string): void {
  for (const part of ['bin', 'share']) mkdirSync(join(prefix, part), { recursive: true });
  for (const part of ['ovn', 'openvswitch'])
    symlinkSync(join('/usr/share', part), join(prefix, 'share', part));
  for (const program of PROGRAMS) {
    const file = execFileSync('which', [program], { encoding: 'utf8' }).trim();
    copyFileSync(file, join(prefix, 'bin', program));
  }
}

/** Puts another file under a program's name. */
export function replaceProgram(prefix: string, program: string): void {
  const file = join(prefix, 'bin', program);
  copyFileSync(file, `${file}.new`);
  renameSync(`${file}.new`, file);
}
