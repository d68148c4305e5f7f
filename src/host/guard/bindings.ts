/** Which addresses are bound to the ports of this host, and which to somebody elsewhere. Does no I/O. */
import type { Address, Mac } from '../../addressing/index.ts';

/** An address that an instance here took. */
export interface Binding {
  readonly portId: string;
  readonly address: Address;
  /** Whether its instance is being asked whether it has it. */
  isWatched: boolean;
  /** Whether stations outside are being asked who has it. */
  isAskedOutside: boolean;
  /** Until when its instance may still look whether the address is free: it answers no questions meanwhile. */
  lookingUntil: number;
  /** Whether it is being decided upon: the guard does not let it through yet. */
  isTentative: boolean;
  /** When it was last seen in use, in milliseconds. */
  usedAt: number;
  /** How many packets it had let through by then. */
  packets: number;
}

/** Who was heard of elsewhere, and until when that counts. */
interface Elsewhere {
  readonly mac: Mac;
  readonly until: number;
}

export class Bindings {
  readonly #most: number;
  readonly #networks = new Map<string, Map<string, Binding>>();
  /** Of each port, least recently used first. */
  readonly #ports = new Map<string, Map<string, Binding>>();
  readonly #elsewhere = new Map<string, Map<string, Elsewhere>>();

  /** @param most how many addresses of elsewhere are remembered of each network, the latest */
  constructor(most: number) {
    this.#most = most;
  }

  /** The bindings of a port by address, least recently used first. */
  of(portId: string): ReadonlyMap<string, Binding> {
    return this.#ports.get(portId) ?? new Map();
  }

  find(networkId: string, address: Address): Binding | undefined {
    return this.#networks.get(networkId)?.get(address.toString());
  }

  /** @param now milliseconds */
  put(networkId: string, portId: string, address: Address, now: number): Binding {
    const binding: Binding = {
      portId,
      address,
      isWatched: false,
      isAskedOutside: false,
      lookingUntil: 0,
      isTentative: false,
      usedAt: now,
      packets: 0,
    };
    const text = address.toString();
    this.#networks.getOrInsertComputed(networkId, () => new Map()).set(text, binding);
    this.#ports.getOrInsertComputed(portId, () => new Map()).set(text, binding);
    return binding;
  }

  /** Of all ports. */
  all(): Binding[] {
    return [...this.#ports.values()].flatMap((bindings) => [...bindings.values()]);
  }

  /** A binding was used: it is the last to make room. */
  use(binding: Binding, now: number): void {
    binding.usedAt = now;
    const text = binding.address.toString();
    const own = this.#ports.get(binding.portId);
    if (own?.delete(text)) own.set(text, binding);
  }

  remove(networkId: string, address: Address): void {
    const text = address.toString();
    const binding = this.#networks.get(networkId)?.get(text);
    if (binding === undefined) return;
    this.#drop(this.#networks, networkId, text);
    this.#drop(this.#ports, binding.portId, text);
  }

  /** Takes an address off a port, whichever network that was on. */
  removeOf(portId: string, address: Address): void {
    for (const networkId of this.#networks.keys())
      if (this.find(networkId, address)?.portId === portId) this.remove(networkId, address);
  }

  /** Somebody with this MAC address, who is not here, has an address, or is about to. */
  elsewhere(networkId: string, address: Address, mac: Mac, until: number): void {
    const known = this.#elsewhere.getOrInsertComputed(networkId, () => new Map());
    const text = address.toString();
    known.delete(text);
    known.set(text, { mac, until });
    const [oldest] = known.keys();
    if (known.size > this.#most && oldest !== undefined) known.delete(oldest);
  }

  /** Who elsewhere has an address, as far as that was heard. */
  who(networkId: string, address: Address, now: number): Mac | undefined {
    const known = this.#elsewhere.get(networkId)?.get(address.toString());
    return known !== undefined && known.until > now ? known.mac : undefined;
  }

  #drop<T>(maps: Map<string, Map<string, T>>, key: string, text: string): void {
    const map = maps.get(key);
    map?.delete(text);
    if (map?.size === 0) maps.delete(key);
  }
}
