/**
 * What an instance hears that looks whether an address is free which another port has (RFC 4862 section 5.4): the
 * host answers it. The question itself goes no further, for an owner that is just looking as well would give up.
 */
import type { Address, Mac } from '../../addressing/index.ts';
import type { NetworkFacts, PortFacts } from '../../host-contract/index.ts';
import { encodeFrame, frame, icmpv6, ipv6 } from '../../packets/frame.ts';
import { ALL_NODES, multicastMac } from '../../packets/multicast.ts';
import type { Facts } from '../facts/index.ts';
import { givenAddresses, networkAddresses } from './owner-rules.ts';

/** Who has an address. */
interface Owner {
  /** Undefined for the network itself. */
  readonly portId: string | undefined;
  readonly mac: Mac;
}

/** The addresses of a network that was asked about, with all that have them: those first to whom they were given. */
type Owners = Map<string, Owner[]>;

/** Whose the addresses of networks are. A change of a port costs no more than that port's addresses. */
export class AddressOwners {
  readonly #facts: Facts;
  readonly #networks = new Map<string, Owners>();
  /** The ports in there. */
  readonly #ports = new Map<string, { network: string; addresses: readonly string[] }>();

  constructor(facts: Facts) {
    this.#facts = facts;
    facts.onChange(({ ports, networks }) => {
      for (const network of networks) this.#networks.delete(network);
      for (const id of ports) {
        this.#forget(id);
        const port = facts.port(id);
        const network = facts.networkOfPort(id)?.id;
        if (port !== undefined && network !== undefined && this.#networks.has(network))
          this.#note(network, id, port);
      }
    });
  }

  /** The MAC address of who has an address on a port's network, if that is not the port itself. */
  otherThan(portId: string, address: Address): Mac | undefined {
    const network = this.#facts.networkOfPort(portId);
    if (network === undefined) return undefined;
    const owners = this.#ownersOn(network).get(address.toString()) ?? [];
    return owners.some((owner) => owner.portId === portId) ? undefined : owners[0]?.mac;
  }

  #ownersOn(network: NetworkFacts): Owners {
    const known = this.#networks.get(network.id);
    if (known !== undefined) return known;
    const owners: Owners = new Map();
    this.#networks.set(network.id, owners);
    for (const { id, facts } of this.#facts.portsOn(network.id)) this.#note(network.id, id, facts);
    for (const address of networkAddresses(network))
      add(owners, address.toString(), { portId: undefined, mac: network.mac }, 'last');
    return owners;
  }

  #note(network: string, id: string, facts: PortFacts): void {
    const owners = this.#networks.get(network)!;
    const given = givenAddresses(facts).map(String);
    const taken = facts.learnedAddresses.map(String).filter((address) => !given.includes(address));
    const owner = { portId: id, mac: facts.mac };
    for (const address of given) add(owners, address, owner, 'first');
    for (const address of taken) add(owners, address, owner, 'last');
    this.#ports.set(id, { network, addresses: [...given, ...taken] });
  }

  #forget(id: string): void {
    const known = this.#ports.get(id);
    this.#ports.delete(id);
    const owners = known && this.#networks.get(known.network);
    for (const address of (owners && known.addresses) ?? []) {
      const others = (owners?.get(address) ?? []).filter(({ portId }) => portId !== id);
      if (others.length > 0) owners?.set(address, others);
      else owners?.delete(address);
    }
  }
}

function add(owners: Owners, address: string, owner: Owner, place: 'first' | 'last'): void {
  const others = owners.get(address) ?? [];
  owners.set(address, place === 'first' ? [owner, ...others] : [...others, owner]);
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
