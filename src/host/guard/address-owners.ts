/**
 * What an instance hears that looks whether an address is free which another port has (RFC 4862 section 5.4): the
 * host answers it. The question itself goes no further, for an owner that is just looking as well would give up.
 */

import type { Address, Mac } from '../../addressing/index.ts';
import { type NetworkFacts, type PortFacts, servicePortName } from '../../host-contract/index.ts';
import { ALL_NODES, encodeFrame, frame, icmpv6, ipv6, multicastMac } from '../../packets/index.ts';
import { AddressIndex, type Facts } from '../facts/index.ts';
import { givenAddresses, networkAddresses } from './owner-rules.ts';

/** Who has an address. */
export interface Owner {
  /** Undefined for the network itself. */
  readonly portId: string | undefined;
  readonly mac: Mac;
}

/** Whose the given addresses of networks are. A change of a port costs no more than that port's addresses. */
export class AddressOwners {
  readonly #facts: Facts;
  /** Of the networks that were asked about. Given addresses go before the network's own. */
  readonly #networks = new Map<string, AddressIndex<Owner>>();
  /** The networks of the ports in there. */
  readonly #ports = new Map<string, string>();

  constructor(facts: Facts) {
    this.#facts = facts;
    facts.onChange(({ ports, networks }) => {
      for (const network of networks) this.#networks.delete(network);
      for (const id of ports) {
        this.#forget(id);
        const port = facts.port(id);
        const network = facts.networkOfPort(id)?.id;
        const owners = network === undefined ? undefined : this.#networks.get(network);
        if (port !== undefined && owners !== undefined) this.#note(network!, owners, id, port);
      }
    });
  }

  /** To whom an address on a port's network is given, if that is not the port itself. */
  otherThan(portId: string, address: Address): Owner | undefined {
    const owners = this.#ownersOf(portId, address);
    return owners.some((owner) => owner.portId === portId) ? undefined : owners[0];
  }

  /** Whether an address is given to a port. */
  has(portId: string, address: Address): boolean {
    return this.#ownersOf(portId, address).some((owner) => owner.portId === portId);
  }

  #ownersOf(portId: string, address: Address): readonly Owner[] {
    const network = this.#facts.networkOfPort(portId);
    return network === undefined ? [] : this.#ownersOn(network).holdersOf(address);
  }

  #ownersOn(network: NetworkFacts): AddressIndex<Owner> {
    const known = this.#networks.get(network.id);
    if (known !== undefined) return known;
    const owners = new AddressIndex<Owner>();
    this.#networks.set(network.id, owners);
    for (const { id, facts } of this.#facts.portsOn(network.id)) this.#note(network.id, owners, id, facts);
    owners.put(servicePortName(network.id), { portId: undefined, mac: network.mac }, [
      [],
      networkAddresses(network),
    ]);
    return owners;
  }

  #note(network: string, owners: AddressIndex<Owner>, id: string, facts: PortFacts): void {
    owners.put(id, { portId: id, mac: facts.mac }, [givenAddresses(facts)]);
    this.#ports.set(id, network);
  }

  #forget(id: string): void {
    const network = this.#ports.get(id);
    if (network !== undefined) this.#networks.get(network)?.delete(id);
    this.#ports.delete(id);
  }
}

/** The advertisement, as its owner would send it, that an address is taken. */
export function takenAdvertisement(address: Address, owner: Mac): Uint8Array {
  const message = {
    kind: 'neighbour-advertisement',
    router: false,
    solicited: false,
    override: true,
    target: address,
    options: [{ kind: 'target-link-layer-address', mac: owner }],
  } as const;
  const packet = ipv6(address, ALL_NODES, icmpv6(message), { hopLimit: 255 });
  return encodeFrame(frame(owner, multicastMac(ALL_NODES), packet));
}
