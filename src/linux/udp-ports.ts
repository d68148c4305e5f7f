/** Which ports of UDP are in use, whoever has them. */
import { readFileSync } from 'node:fs';
import { inNamespace } from './namespace.ts';

/**
 * Whether a program has a UDP port on any address, of either family.
 * @param namespace network namespace; null is the process's own
 */
export function udpPortIsTaken(namespace: string | null, port: number): boolean {
  return inNamespace(namespace, () => ['udp', 'udp6'].some((table) => portsIn(table).has(port)));
}

/** proc(5): behind a title one line a socket, its local address and port in hexadecimal the second word. */
function portsIn(table: string): Set<number> {
  const [, ...lines] = readFileSync(`/proc/thread-self/net/${table}`, 'utf8').trim().split('\n');
  return new Set(lines.map((line) => Number.parseInt(line.trim().split(/\s+/)[1]?.split(':')[1] ?? '', 16)));
}
