/** Memory and CPU of a process on this machine, as Linux tells it. */
import { readFileSync } from 'node:fs';

/** Resident memory in MiB. Throws when there is no such process. */
export function residentMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`Process ${pid} has no resident memory: it is ending.`);
  return Number(kibibytes) / 1024;
}

/** Linux counts CPU for programs in units of 10 ms, whatever it uses itself (USER_HZ). */
const TICK_MS = 10;

/** Milliseconds of CPU that a process has taken, all its threads together; undefined when there is no such process. */
export function processCpu(pid: number): number | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name, in parentheses, may have anything in it. From the third field on: utime and stime are 14 and 15.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
