/**
 * What an instance hears that looks whether an address is free which another port has (RFC 4862 section 5.4): the
 * host answers it. The question itself goes no further, for an owner that is just looking as well would give up.
 */
import type { Address, Mac } from '../addressing/index.ts';
import { encodeFrame, frame, icmpv6, ipv6 } from '../packets/frame.ts';
import { ALL_NODES, multicastMac } from '../packets/multicast.ts';
import { givenAddresses, networkAddresses } from './guard-owners.ts';
import type { Facts } from './southbound.ts';

/** Who has an address. */
interface Owner {
  readonly portId: string | undefined;
  readonly mac: Mac;
}

/** Whose the addresses of networks are. */
export class AddressOwners {
  readonly #facts: Facts;
  /** Of networks that were asked about since they last changed, by address. */
  readonly #known = new Map<string, Map<string, Owner[]>>();

  constructor(facts: Facts) {
    this.#facts = facts;
    facts.onChange(({ ports, networks }) => {
      for (const network of networks) this.#known.delete(network);
      for (const id of ports) {
        const network = facts.networkOfPort(id)?.id;
        // Of a port that is gone nobody knows where it was.
        if (network === undefined) this.#known.clear();
        else this.#known.delete(network);
      }
    });
  }

  /** The MAC address of who has an address on a port's network, if that is not the port itself. */
  otherThan(portId: string, address: Address): Mac | undefined {
    const network = this.#facts.networkOfPort(portId);
    if (network === undefined) return undefined;
    const owners = this.#ownersOn(network.id).get(address.toString()) ?? [];
    return owners.some((owner) => owner.portId === portId) ? undefined : owners[0]?.mac;
  }

  #ownersOn(networkId: string): Map<string, Owner[]> {
    const known = this.#known.get(networkId);
    if (known !== undefined) return known;
    const owners = new Map<string, Owner[]>();
    const add = (address: Address, owner: Owner) =>
      owners.set(address.toString(), [...(owners.get(address.toString()) ?? []), owner]);
    const network = this.#facts.network(networkId);
    for (const { id, facts } of this.#facts.portsOn(networkId)) {
      const owner = { portId: id, mac: facts.mac };
      for (const address of givenAddresses(facts)) add(address, owner);
    }
    for (const { id, facts } of this.#facts.portsOn(networkId)) {
      // What was given to another after it was taken is the other's.
      for (const address of facts.learnedAddresses)
        if (!owners.has(address.toString())) add(address, { portId: id, mac: facts.mac });
    }
    if (network !== undefined) {
      const owner = { portId: undefined, mac: network.mac };
      for (const address of networkAddresses(network))
        if (!owners.has(address.toString())) add(address, owner);
    }
    this.#known.set(networkId, owners);
    return owners;
  }
}

/** The advertisement, as its owner would send it, that an address is taken. */
export function takenAdvertisement(address: Address, owner: Mac): Uint8Array {
  const message = {
    kind: 'neighbor-advertisement',
    router: false,
    solicited: false,
    override: true,
    target: address,
    options: [{ kind: 'target-link-layer-address', mac: owner }],
  } as const;
  const packet = ipv6(address, ALL_NODES, icmpv6(message), { hopLimit: 255 });
  return encodeFrame(frame(owner, multicastMac(ALL_NODES), packet));
}
