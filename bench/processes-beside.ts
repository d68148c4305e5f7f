/** What runs beside an API on this machine. */
import type { NeutronClient } from '../src/client/index.ts';
import type { WatchedProcesses } from './load/generator.ts';

/** The processes that a Sextant on this machine runs for OVN and its host, by name. */
export async function processesBeside(client: NeutronClient): Promise<WatchedProcesses> {
  const status = await client.request('GET', '/status').catch(() => undefined);
  const { processes } = (status ?? {}) as { processes?: { name: string; pid: number | null }[] | null };
  return Object.fromEntries(
    (processes ?? []).flatMap(({ name, pid }) => (pid === null ? [] : [[name, pid]])),
  );
}
