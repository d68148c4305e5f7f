/** What an instance's resolver was told (resolv.conf(5)). */
import { Address } from '../../addressing/index.ts';
import type { LabInstance } from '../instance/instance.ts';

export interface ResolverSettings {
  /** DNS servers, in their order. */
  readonly servers: readonly Address[];
  readonly search: readonly string[];
}

/** The instance's /etc/resolv.conf; empty until a client wrote it. */
export async function resolverOf(instance: LabInstance): Promise<ResolverSettings> {
  return parseResolver(await instance.readFile('/etc/resolv.conf'));
}

/** Reads resolv.conf(5). Of several `search` and `domain` lines the last counts. */
export function parseResolver(text: string): ResolverSettings {
  const lines = text.split('\n').map((line) =>
    line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/),
  );
  const servers = lines.flatMap(([keyword, address]) => {
    return (keyword === 'nameserver' && Address.tryParse((address ?? '').replace(/%.*/, ''))) || [];
  });
  const search = lines.findLast(([keyword]) => keyword === 'search' || keyword === 'domain') ?? [];
  return { servers, search: search.slice(1).map((domain) => domain.replace(/\.$/, '')) };
}
