/** Hears from another host of the sessions of routers, as long as that is there. */
import { connect, type SecureContextOptions, type TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { ExchangeFrameReader, encodeExchangeFrame, MOST_ROUTERS } from './exchange-frames.ts';
import { UnhurriedListener } from './unhurried-listener.ts';

const AGAIN_MS = 1_000;
/** In which a connection must come about, and the other must say that it is still there. */
const PATIENCE_MS = 5_000;
const KEEP_ALIVE_MS = 2_000;
/** What may wait to be learned: the other keeps the rest. */
const MOST_UNLEARNED = 1024 * 1024;

export interface SessionHearerOptions {
  /** Of the host that tells. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly credentials: () => SecureContextOptions;
  readonly hostAt: (connection: TLSSocket) => string | undefined;
  /** Whether that host stands by for a router, and this one does. */
  readonly mayTell: (host: string, router: string) => boolean;
  /** Learns what it is told, and tells when it has. */
  readonly hear: (router: string, records: Uint8Array, onHeard: () => void) => void;
  readonly log: Logger;
}

export class SessionHearer {
  readonly #options: SessionHearerOptions;
  #routers: readonly string[] = [];
  #connection: TLSSocket | undefined;
  #isConnected = false;
  #again: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: SessionHearerOptions) {
    this.#options = options;
    this.#connect();
  }

  /** Whether the other tells. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  get address(): string {
    return this.#options.address;
  }

  /** The routers to hear of. */
  want(routers: readonly string[]): void {
    const wanted = routers.toSorted().slice(0, MOST_ROUTERS);
    if (wanted.join() === this.#routers.join()) return;
    this.#routers = wanted;
    this.#ask();
  }

  /** Whom this host believes may be another. */
  review(): void {
    if (this.#isConnected && this.#options.hostAt(this.#connection!) !== this.#options.host)
      this.#connection?.destroy();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#again);
    this.#connection?.destroy();
  }

  #connect(): void {
    const { address, port, credentials, hostAt, host, log } = this.#options;
    const connection = connect({
      ...{ host: address, port, ...credentials(), minVersion: 'TLSv1.3' },
      // Each is known by an authority of its own: it is looked at below.
      rejectUnauthorized: false,
    });
    this.#connection = connection;
    const late = setTimeout(() => connection.destroy(), PATIENCE_MS);
    connection.on('error', (error) =>
      log.debug({ err: error, host }, 'no sessions are heard of from a host'),
    );
    connection.on('close', () => {
      clearTimeout(late);
      this.#isConnected = false;
      if (!this.#isStopped) this.#again = setTimeout(() => this.#connect(), AGAIN_MS);
    });
    connection.on('secureConnect', () => {
      clearTimeout(late);
      if (hostAt(connection) !== host) {
        log.warn({ host, address }, 'somebody else answers at the address of a host');
        connection.destroy();
        return;
      }
      connection.setKeepAlive(true, KEEP_ALIVE_MS);
      this.#isConnected = true;
      this.#hear(connection);
      this.#ask();
    });
  }

  #ask(): void {
    if (this.#isConnected)
      this.#connection?.write(encodeExchangeFrame({ kind: 'want', routers: this.#routers }));
  }

  #hear(connection: TLSSocket): void {
    const { host, mayTell, hear, log } = this.#options;
    const reader = new ExchangeFrameReader();
    let unlearned = 0;
    const listener = new UnhurriedListener(connection, (data) => {
      try {
        for (const frame of reader.take(data)) {
          if (frame.kind !== 'records' || !mayTell(host, frame.router)) continue;
          const { length } = frame.records;
          unlearned += length;
          hear(frame.router, frame.records, () => {
            unlearned -= length;
            if (unlearned <= MOST_UNLEARNED) listener.goOn();
          });
        }
        if (unlearned > MOST_UNLEARNED) listener.wait();
      } catch (error) {
        log.warn({ err: error, host }, 'a host told of sessions in a way that is not understood');
        connection.destroy();
      }
    });
  }
}
