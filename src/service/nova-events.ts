/**
 * Tells Nova what became of its instances' ports: that they are plugged in, unplugged, deleted or changed. What is to be
 * told waits in the store, so that neither a Nova that is away nor one that is slow holds anything up, and what one
 * process leaves another goes on with.
 */
import type { Logger } from 'pino';
import { Backoff, Repeated } from '../base/index.ts';
import { type Cloud, NeutronApiError, type ServerEvent, ServerEvents } from '../client/index.ts';
import { IDENTITY_PATH } from '../identity/index.ts';
import type { Registry } from '../metrics/index.ts';
import {
  dropNovaEvents,
  hasNovaEvents,
  leaseNovaEvents,
  type NovaEvent,
  noteForNova,
  releaseNovaEvents,
  type Store,
} from '../resources/index.ts';
import type { KeystoneSettings, NovaSettings } from './configuration.ts';

/** What comes within goes in one request; Nova waits for it while an instance boots. */
const EVERY_MS = 250;
/** To sign in, and to be told: both within a lease. After silence it is a twentieth. */
const ANSWER_MS = 40_000;
const [SOONEST_AGAIN_MS, LATEST_AGAIN_MS] = [1_000, 30_000];
const NOVA = 'nova';
const BAD_REQUEST = 400;

/** Adds to what became of events. */
export type NovaEventCount = (outcome: 'told' | 'failed' | 'refused' | 'lost', number: number) => void;

/** The metric of it, which there is whether Nova is told or not. */
export function countNovaEvents(metrics: Registry): NovaEventCount {
  const counter = metrics.counter({
    name: 'sextant_nova_events_total',
    help: 'Events of ports that Nova was told, that it could not be told then, that it refused, and that were given up.',
    labels: ['outcome'],
  });
  const totals = new Map<string, number>();
  return (outcome, number) => {
    totals.set(outcome, (totals.get(outcome) ?? 0) + number);
    counter.follow(totals.get(outcome) ?? 0, { outcome });
  };
}

export interface NovaEventsOptions {
  readonly store: Store;
  /** Tells Nova, or throws. */
  readonly tell: (events: readonly ServerEvent[]) => Promise<void>;
  readonly count: NovaEventCount;
  readonly log: Pick<Logger, 'warn' | 'debug'>;
}

/** As Nova takes one: what an event has not is left out. */
const asTold = ({ server_uuid, name, status, tag }: NovaEvent): ServerEvent => ({
  server_uuid,
  name,
  ...(status !== null && { status }),
  ...(tag !== null && { tag }),
});

export class NovaEvents {
  readonly #options: NovaEventsOptions;
  readonly #backoff = new Backoff<typeof NOVA>(SOONEST_AGAIN_MS, LATEST_AGAIN_MS);
  #repeated: Repeated | undefined;

  constructor(options: NovaEventsOptions) {
    this.#options = options;
  }

  /** Begins to note what Nova is to be told, and to tell it. */
  async start(): Promise<void> {
    const { store, log } = this.#options;
    await store.transaction((tx) => noteForNova(tx, true));
    this.#repeated = new Repeated(
      () => this.#work(),
      EVERY_MS,
      (error) => log.warn({ err: error }, 'Nova cannot be told of ports'),
    );
  }

  async stop(): Promise<void> {
    await this.#repeated?.stop();
  }

  async #work(): Promise<void> {
    const { store, log } = this.#options;
    if (!this.#backoff.isDue(NOVA)) return;
    while (await hasNovaEvents(store.read)) {
      const { events, lost } = await store.transaction((tx) =>
        leaseNovaEvents(tx, Math.floor(Date.now() / 1_000)),
      );
      this.#options.count('lost', lost);
      if (events.length === 0) return;
      try {
        await this.#tell(events);
      } catch (error) {
        this.#backoff.failed(NOVA);
        this.#options.count('failed', events.length);
        await store.transaction((tx) => releaseNovaEvents(tx, events));
        throw error;
      }
      this.#backoff.forget(NOVA);
      await store.transaction((tx) => dropNovaEvents(tx, events));
      this.#options.count('told', events.length);
      log.debug({ events: events.length }, 'Nova was told of ports');
    }
  }

  /** Of several that Nova refuses together, those that it refuses alone are left out: anybody may name a server. */
  async #tell(events: readonly NovaEvent[]): Promise<void> {
    try {
      await this.#options.tell(events.map(asTold));
    } catch (error) {
      if (!(error instanceof NeutronApiError && error.status === BAD_REQUEST)) throw error;
      if (events.length === 1) {
        this.#options.count('refused', 1);
        this.#options.log.debug({ err: error, event: events[0] }, 'Nova refuses an event');
        return;
      }
      const half = events.length >> 1;
      await this.#tell(events.slice(0, half));
      await this.#tell(events.slice(half));
    }
  }
}

/**
 * Nova, as it is reached with what the configuration says.
 * @param own this service's URL, whose identity API gives the token where there is no Keystone
 */
export function novaOf(
  { url, region, user, password, project }: NovaSettings,
  keystone: KeystoneSettings | undefined,
  own: string,
): ServerEvents {
  const endpoint = url === 'catalog' ? undefined : url;
  const as =
    keystone ??
    (password === '' ? undefined : { ...DOMAINS, url: `${own}${IDENTITY_PATH}`, user, password, project });
  const access: Cloud['access'] =
    as === undefined
      ? { type: 'none', endpoint: url, headers: {} }
      : {
          type: 'keystone',
          options: {
            ...{
              authUrl: as.url,
              service: 'compute',
              interface: 'public',
              region: region || undefined,
              endpoint,
            },
            identity: { user: { name: as.user, domain: { name: as.userDomain } }, password: as.password },
            project: { name: as.project, domain: { name: as.projectDomain } },
          },
        };
  return new ServerEvents({ tls: {}, access }, ANSWER_MS);
}

const DOMAINS = { userDomain: 'Default', projectDomain: 'Default' } as const;
