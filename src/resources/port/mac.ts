/** MAC addresses for ports that are given none. */

import { randomInt } from 'node:crypto';
import type { Kysely } from 'kysely';
import { Mac } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { slices } from '../repository.ts';
import type { Tables } from '../tables.ts';

/** fa:16:3e, the range that OpenStack uses: its last three octets are free to choose. */
const FIRST_MAC = 0xfa163e000000n;
const CHOICES = 2 ** 24;

/** Draws until one is free. A network would need 10 million ports for all of them to fail. */
const ATTEMPTS = 64;

/** A MAC address of OpenStack's range. */
export const randomMac = (): Mac => Mac.of(FIRST_MAC + BigInt(randomInt(CHOICES)));

/**
 * MAC addresses that no port of the network has: of 10,000 random ones, some would be doubles.
 * @throws RequestError 503 when the range is as good as used up
 */
export async function unusedMacs(
  db: Kysely<Tables>,
  networkId: string,
  count: number,
  draw: () => Mac = randomMac,
): Promise<Mac[]> {
  const found = new Map<string, Mac>();
  for (let attempt = 0; attempt < ATTEMPTS && found.size < count; attempt++) {
    const drawn = Array.from({ length: count - found.size }, draw);
    for (const macs of slices(drawn)) {
      const rows = await db
        .selectFrom('ports')
        .select('mac_address')
        .where('network_id', '=', networkId)
        .where('mac_address', 'in', macs.map(String))
        .execute();
      const taken = new Set(rows.map(({ mac_address }) => mac_address));
      for (const mac of macs) if (!taken.has(String(mac))) found.set(String(mac), mac);
    }
  }
  if (found.size < count) throw errors.port.noMacLeft({ network: networkId });
  return [...found.values()];
}
