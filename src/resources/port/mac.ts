/** MAC addresses for ports that are given none. */

import { randomInt } from 'node:crypto';
import type { Kysely } from 'kysely';
import { Mac } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Tables } from '../../resources/tables.ts';

/** fa:16:3e, the range that OpenStack uses: its last three octets are free to choose. */
const FIRST_MAC = 0xfa163e000000n;
const CHOICES = 2 ** 24;

/** Draws until one is free. A network would need 10 million ports for all of them to fail. */
const ATTEMPTS = 64;

/** A MAC address of OpenStack's range. */
export const randomMac = (): Mac => Mac.of(FIRST_MAC + BigInt(randomInt(CHOICES)));

/**
 * A MAC address that no port of the network has: of 10,000 random ones, some would be doubles.
 * @throws RequestError 503 when the range is as good as used up
 */
export async function unusedMac(
  db: Kysely<Tables>,
  networkId: string,
  draw: () => Mac = randomMac,
): Promise<Mac> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const mac = draw();
    const taken = await db
      .selectFrom('ports')
      .select('id')
      .where('network_id', '=', networkId)
      .where('mac_address', '=', mac.toString())
      .executeTakeFirst();
    if (!taken) return mac;
  }
  throw errors.port.noMacLeft({ network: networkId });
}
