/** Which port has which address on a network. */
import { type Address, linkLocalAddress } from '../../addressing/index.ts';
import { AddressIndex, type KnownPort } from '../facts/index.ts';

export class AddressBook {
  readonly #owners = new AddressIndex<KnownPort>();

  constructor(ports: Iterable<KnownPort>) {
    for (const port of ports) this.put(port);
  }

  /**
   * Takes a port over as it is now. Fixed addresses go before those that follow from the MAC address. What instances
   * took is the guard's to know.
   */
  put(port: KnownPort): void {
    const { fixedIps, mac } = port.facts;
    const fixed = fixedIps.map(({ address }) => address);
    this.#owners.put(port.id, port, [fixed, [linkLocalAddress(mac)]]);
  }

  delete(portId: string): void {
    this.#owners.delete(portId);
  }

  /** The port that an address was given to. */
  ownerOf(address: Address): KnownPort | undefined {
    return this.#owners.holdersOf(address)[0];
  }

  /**
   * Whether what comes from this address may be the port's: it has it, or may take it and nobody else has it. A port
   * without port security may send from any.
   */
  mayUse(port: KnownPort, address: Address): boolean {
    const owner = this.ownerOf(address);
    if (owner?.id === port.id) return true;
    const { portSecurity, allowedAddressPairs, mac, openPrefixes, delegatedPrefixes } = port.facts;
    const isPair = allowedAddressPairs.some(
      (pair) => (pair.mac === undefined || pair.mac.equals(mac)) && pair.prefix.contains(address),
    );
    if (isPair) return true;
    if (owner !== undefined) return false;
    if (!portSecurity) return true;
    return [...openPrefixes, ...delegatedPrefixes].some((prefix) => prefix.contains(address));
  }
}
