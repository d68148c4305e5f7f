/** Memory of a process on this machine, as Linux tells it. */
import { readFileSync } from 'node:fs';

/** Resident memory in MiB. Throws when there is no such process. */
export function residentMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`Process ${pid} has no resident memory: it is ending.`);
  return Number(kibibytes) / 1024;
}
