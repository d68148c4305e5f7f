/** Tells the service what this process counts: a host has no port of its own for Prometheus. */
import type { Logger } from 'pino';
import { Repeated } from '../base/index.ts';
import { HOST_API } from '../host-contract/index.ts';
import type { Registry } from '../metrics/index.ts';
import type { ServerChannel } from './server-channel.ts';

export interface MetricsReporterOptions {
  /** What is counted. */
  readonly metrics: Registry;
  /** This host's name in OVN. */
  readonly host: string;
  /** The machine's name. */
  readonly hostname: string;
  /** What this host says of itself. */
  readonly configurations: () => Readonly<Record<string, unknown>>;
  /** Calls a listener when it may say something else; the result ends it. */
  readonly onChange: (listener: () => void) => () => void;
  readonly channel: ServerChannel;
  readonly everyMs: number;
  readonly log: Logger;
}

/** Reports from its beginning until it is stopped. */
export class MetricsReporter {
  readonly #options: MetricsReporterOptions;
  readonly #running: Repeated;
  readonly #unsubscribe: () => void;
  /** The physical networks that it said to reach. */
  #said: unknown;

  constructor(options: MetricsReporterOptions) {
    this.#options = options;
    const { everyMs, log } = options;
    // Counts lose nothing by waiting: the next report has them all.
    this.#running = new Repeated(
      () => this.#report(),
      everyMs,
      (error) => log.debug({ err: error }, 'the service did not take the metrics'),
    );
    // Gateways are not to stay where their network is out of reach.
    this.#unsubscribe = options.onChange(() => {
      if (options.configurations().bridge_mappings !== this.#said) this.#running.soon();
    });
  }

  /** Ends it, after the report that is under way. */
  stop(): Promise<void> {
    this.#unsubscribe();
    return this.#running.stop();
  }

  async #report(): Promise<void> {
    const { metrics, host, hostname, configurations, channel } = this.#options;
    const self = configurations();
    this.#said = self.bridge_mappings;
    const body = { host, hostname, configurations: self, families: await metrics.read() };
    const { status, body: answer } = await channel.request({ method: 'POST', path: HOST_API.metrics, body });
    if (status !== 204) throw new Error(`${status} ${answer.toString()}`);
  }
}
