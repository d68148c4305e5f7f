/**
 * Tells the service which ports' instances are plugged into OVN's own bridge, past the guard. OVN is not shown whose
 * these devices are, so nothing passes there; their owners are to know why.
 */
import type { Logger } from 'pino';
import { Loop } from '../base/index.ts';
import { HOST_API } from '../host-contract/index.ts';
import { INTEGRATION_BRIDGE, pastGuard, type SwitchDatabase } from '../switch/index.ts';
import type { ServerChannel } from './server-channel.ts';

const RETRY_MS = 5_000;
/** As many as the service takes at once. */
const MOST = 1_000;

export class PastGuardReporter {
  readonly #loop: Loop;
  readonly #unsubscribe: () => void;

  constructor(
    database: Pick<SwitchDatabase, 'interfacesOn' | 'onChange'>,
    channel: Pick<ServerChannel, 'request'>,
    log: Logger,
  ) {
    // A successor tells what there is at once: what a predecessor told may not be so any more.
    let told: string | undefined;
    this.#loop = new Loop(
      async () => {
        const found = database
          .interfacesOn(INTEGRATION_BRIDGE)
          .flatMap((row) => pastGuard(row.external_ids) ?? []);
        const ids = [...new Set(found)].sort().slice(0, MOST);
        if (ids.join() === told) return;
        if (ids.length > 0) log.warn({ ports: ids }, 'plugged in past the guard: nothing passes there');
        const body = { port_ids: ids };
        const { status } = await channel.request({ method: 'POST', path: HOST_API.pastGuard, body });
        if (status !== 204) throw new Error(`the service answered ${status}`);
        told = ids.join();
      },
      RETRY_MS,
      (error) =>
        log.debug({ err: error }, 'the service does not know what is past the guard; this is tried again'),
    );
    this.#unsubscribe = database.onChange(() => this.#loop.wake());
    this.#loop.wake();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#loop.stop();
  }
}
