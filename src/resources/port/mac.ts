/** MAC addresses for ports that are given none. */

import { randomInt } from 'node:crypto';
import { Mac } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';

/** fa:16:3e, the range that OpenStack uses: its last three octets are free to choose. */
const FIRST_MAC = 0xfa163e000000n;
const CHOICES = 2 ** 24;

/** Draws until one is free. A network would need 10 million ports for all of them to fail. */
const ATTEMPTS = 64;

/** A MAC address of OpenStack's range. */
export const randomMac = (): Mac => Mac.of(FIRST_MAC + BigInt(randomInt(CHOICES)));

/**
 * Draws the MAC addresses that were not given, until no port of the network has one, and no two are the same: of 10,000
 * random ones, some would be doubles.
 * @param given one for each port, undefined for one to be drawn
 * @param look tells which of the addresses ports have, and whatever else there is to know when they are what ports get
 * @throws RequestError 503 when the range is as good as used up
 */
export async function drawMacs<F extends { readonly macs: ReadonlySet<string> }>(
  networkId: string,
  given: readonly (Mac | undefined)[],
  look: (macs: readonly Mac[]) => Promise<F>,
  draw: () => Mac = randomMac,
): Promise<{ readonly macs: readonly Mac[]; readonly found: F }> {
  const macs = given.map((mac) => mac ?? draw());
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await look(macs);
    const taken = new Set(found.macs);
    let isFinal = true;
    for (const [index, mac] of macs.entries()) {
      if (given[index] === undefined && taken.has(`${mac}`)) {
        macs[index] = draw();
        isFinal = false;
      }
      taken.add(`${mac}`);
    }
    if (isFinal) return { macs, found };
  }
  throw errors.port.noMacLeft({ network: networkId });
}
