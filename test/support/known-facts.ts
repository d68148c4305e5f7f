/** Facts that tests change as they like, in place of a southbound database. */
import type { Mac } from '../../src/addressing/index.ts';
import { Listeners } from '../../src/base/index.ts';
import type { Facts, FactsChange, KnownPort } from '../../src/host/facts/host-facts.ts';
import type { NetworkFacts, PortFacts } from '../../src/host-contract/facts.ts';

export class KnownFacts implements Facts {
  readonly #ports = new Map<string, { facts: PortFacts; network: string }>();
  readonly #networks = new Map<string, NetworkFacts>();
  readonly #listeners = new Listeners<FactsChange>();

  /** Sets the facts of a port; undefined takes it away. */
  setPort(id: string, network: string, facts: PortFacts | undefined): void {
    const before = this.#ports.get(id)?.network ?? network;
    // One that changes comes last, as with those of a database.
    this.#ports.delete(id);
    if (facts !== undefined) this.#ports.set(id, { facts, network });
    const ports = new Set([id]);
    this.#listeners.tell({
      ports,
      networks: new Set(),
      portsOf: new Map([before, network].map((of) => [of, ports])),
    });
  }

  /** Sets the facts of a network; undefined takes it away. */
  setNetwork(id: string, facts: NetworkFacts | undefined): void {
    if (facts === undefined) this.#networks.delete(id);
    else this.#networks.set(id, facts);
    this.#listeners.tell({ ports: new Set(), networks: new Set([id]), portsOf: new Map() });
  }

  port(id: string): PortFacts | undefined {
    return this.#ports.get(id)?.facts;
  }

  networkOfPort(id: string): NetworkFacts | undefined {
    return this.network(this.#ports.get(id)?.network ?? '');
  }

  network(id: string): NetworkFacts | undefined {
    return this.#networks.get(id);
  }

  *portsOn(networkId: string): Generator<KnownPort> {
    if (!this.#networks.has(networkId)) return;
    for (const [id, { facts, network }] of this.#ports) if (network === networkId) yield { id, facts };
  }

  portByMac(networkId: string, mac: Mac): KnownPort | undefined {
    return this.portsOn(networkId).find(({ facts }) => facts.mac.equals(mac));
  }

  onChange(listener: (change: FactsChange) => void): () => void {
    return this.#listeners.add(listener);
  }
}
