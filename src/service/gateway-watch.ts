/**
 * Sees who has the gateways of routers. Whoever takes one over keeps it: OVN would give it back as soon as the host before
 * is there again, and that is one more outage.
 */
import type { Logger } from 'pino';
import { Loop } from '../base/index.ts';
import { portOfResident, residentName } from '../host-contract/index.ts';
import { keepGateways, type Store } from '../resources/index.ts';
import type { SouthboundPlaces } from './port-places.ts';

export interface GatewayWatchOptions {
  readonly places: Pick<SouthboundPlaces, 'ports' | 'chassisOf' | 'onMove'>;
  readonly store: Store;
  readonly log: Logger;
}

/** For so long a gateway has to be where it came to: what is on its way to OVN may yet move it on. */
const SETTLING_MS = 500;
const RETRY_MS = 1_000;

export class GatewayWatch {
  readonly #options: GatewayWatchOptions;
  /** Ports of gateways that may be elsewhere, as the store has not heard yet. */
  readonly #moved = new Set<string>();
  readonly #telling: Loop;
  readonly #unsubscribe: () => void;
  #settling: NodeJS.Timeout | undefined;

  constructor(options: GatewayWatchOptions) {
    this.#options = options;
    this.#telling = new Loop(
      () => this.#tell(),
      RETRY_MS,
      (error) =>
        options.log.error({ err: error }, 'where gateways are is not in the store yet, trying again'),
    );
    this.#unsubscribe = options.places.onMove((ports) => this.#note(ports));
    this.#note(options.places.ports());
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    clearTimeout(this.#settling);
    await this.#telling.stop();
  }

  #note(logicalPorts: Iterable<string>): void {
    const ports = [...logicalPorts].flatMap((name) => portOfResident(name) ?? []);
    if (ports.length === 0) return;
    for (const port of ports) this.#moved.add(port);
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#telling.wake(), SETTLING_MS).unref();
  }

  async #tell(): Promise<void> {
    const { places, store, log } = this.#options;
    const moved = [...this.#moved];
    const found = moved.flatMap((portId) => {
      const chassis = places.chassisOf(residentName(portId));
      return chassis === undefined ? [] : { portId, chassis };
    });
    if (found.length > 0) {
      const kept = await store.transaction((tx) => keepGateways(tx, found));
      for (const { routerId, host } of kept)
        log.info({ router: routerId, host }, 'the gateway was taken over, and stays there');
    }
    for (const portId of moved) this.#moved.delete(portId);
  }
}
