/** The catalog: where services are. */
import type { IdentityDb } from './tables.ts';

export interface CatalogEntry {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly endpoints: readonly CatalogEndpoint[];
}

interface CatalogEndpoint {
  readonly id: string;
  readonly interface: string;
  readonly region_id: string | null;
  readonly region: string | null;
  readonly url: string;
}

/** A URL as the catalog has it; one that begins with `/` is below `base`. */
export const urlBelow = (base: string, url: string): string =>
  url.startsWith('/') ? `${base}${url}`.replace(/\/$/, '') : url;

/** The catalog as seen under `base`. Pure. */
export const catalogBelow = (entries: readonly CatalogEntry[], base: string): CatalogEntry[] =>
  entries.map((entry) => ({
    ...entry,
    endpoints: entry.endpoints.map((endpoint) => ({ ...endpoint, url: urlBelow(base, endpoint.url) })),
  }));

/** Services that are switched on, with their endpoints. */
export async function readCatalog(db: IdentityDb): Promise<CatalogEntry[]> {
  const [services, endpoints] = await Promise.all([
    db.selectFrom('identity_services').selectAll().where('enabled', '=', 1).orderBy('id').execute(),
    db.selectFrom('identity_endpoints').selectAll().where('enabled', '=', 1).orderBy('id').execute(),
  ]);
  const byService = Map.groupBy(endpoints, ({ service_id }) => service_id);
  return services.map(({ id, type, name }) => ({
    id,
    type,
    name: name ?? '',
    endpoints: (byService.get(id) ?? []).map(({ region_id, interface: whose, url, id: endpointId }) => ({
      id: endpointId,
      interface: whose,
      region_id,
      region: region_id,
      url,
    })),
  }));
}
