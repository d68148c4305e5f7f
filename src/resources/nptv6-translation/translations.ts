/** The translations of routers, and what they keep from happening to these. */
import type { Kysely } from 'kysely';
import { Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { slices } from '../repository.ts';
import type { Tables, Tx } from '../tables.ts';
import { checkApart, type TranslatedPrefixes } from './rules.ts';

/** What a router translates. */
export interface RouterTranslation extends TranslatedPrefixes {
  readonly id: string;
}

/** The translations of routers, by router, in a fixed order. */
export async function translationsOf(
  db: Kysely<Tables>,
  routerIds: readonly string[],
): Promise<Map<string, RouterTranslation[]>> {
  const found = new Map<string, RouterTranslation[]>();
  for (const ids of slices(routerIds)) {
    const rows = await db
      .selectFrom('nptv6_translations')
      .select(['id', 'router_id', 'internal_prefix', 'external_prefix'])
      .where('router_id', 'in', ids)
      .orderBy('internal_prefix')
      .execute();
    for (const { id, router_id, internal_prefix, external_prefix } of rows)
      found
        .getOrInsertComputed(router_id, () => [])
        .push({
          id,
          internal: Prefix.parse(internal_prefix),
          external: Prefix.parse(external_prefix ?? ''),
        });
  }
  return found;
}

/** @throws RequestError 409 when the router translates, by the gateway that it has */
export async function requireNothingTranslated(tx: Tx, routerId: string): Promise<void> {
  const [one] = (await translationsOf(tx.db, [routerId])).get(routerId) ?? [];
  if (one) throw errors.nptv6Translation.gatewayInUse({ router: routerId, id: one.id });
}

/** @throws RequestError 409 for a subnet of a router, inside or outside, that has a part of what stands for others outside */
export async function requireNotExternal(
  tx: Tx,
  routerId: string,
  subnet: { readonly id: string; readonly cidr: string },
): Promise<void> {
  const translations = (await translationsOf(tx.db, [routerId])).get(routerId) ?? [];
  const held = translations.map(({ id, external }) => ({
    prefix: external,
    holder: `NPTv6 translation ${id}`,
  }));
  checkApart(`the prefix of subnet ${subnet.id}`, Prefix.parse(subnet.cidr), held);
}
