/** Tells other hosts of sessions of the routers that they stand by for as this one does: it listens, they connect. */
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import type { Logger } from 'pino';
import { openListener } from '../../linux/index.ts';
import { RECORD_OCTETS, type SessionReader } from '../nat64/index.ts';
import { ExchangeFrameReader, encodeExchangeFrame } from './exchange-frames.ts';
import { UnhurriedListener } from './unhurried-listener.ts';

/** What may wait for a host that does not take it: then it is to come again, and is told what there is then. */
const MOST_WAITING = 16 * 1024 * 1024;
/** Octets of records in a frame: whole ones. */
const MOST_TOLD = 4_096 * RECORD_OCTETS;
/** Connections at once, those too whose host is not known yet, and milliseconds to become known. */
const MOST_CONNECTIONS = 256;
const HANDSHAKE_MS = 5_000;
const KEEP_ALIVE_MS = 5_000;

export interface SessionTellerOptions {
  /** This host's address and port. */
  readonly address: string;
  readonly port: number;
  readonly credentials: () => TlsOptions;
  /** The host at the other end; undefined for one that is not known. */
  readonly hostAt: (connection: TLSSocket) => string | undefined;
  /** Whether a host stands by for a router, and this one does. */
  readonly mayKnow: (host: string, router: string) => boolean;
  readonly recite: (router: string, reader: SessionReader) => void;
  readonly log: Logger;
}

interface Hearer {
  readonly host: string;
  /** What it has asked for, and what it is told of. */
  wanted: readonly string[];
  told: Set<string>;
}

export class SessionTeller {
  readonly #options: SessionTellerOptions;
  readonly #server: Server;
  readonly #hearers = new Map<TLSSocket, Hearer>();

  /** @throws SystemCallError `EADDRNOTAVAIL` while nobody has the address */
  constructor(options: SessionTellerOptions) {
    this.#options = options;
    const { address, port, log } = options;
    this.#server = createServer(
      {
        ...options.credentials(),
        minVersion: 'TLSv1.3',
        requestCert: true,
        // Each is known by an authority of its own: it is looked at below.
        rejectUnauthorized: false,
        handshakeTimeout: HANDSHAKE_MS,
      },
      (connection) => this.#accept(connection),
    );
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#server.on('tlsClientError', (error) => log.debug({ err: error }, 'nobody that is known came'));
    this.#server.on('error', (error) => log.error({ err: error }, 'other hosts are not told of sessions'));
    this.#server.listen({ fd: openListener(null, address, port) });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** The key or certificate may be another. */
  renew(): void {
    this.#server.setSecureContext(this.#options.credentials());
  }

  /** Who stands by for what may be another: whoever does no more is told no more, who does now is told all. */
  review(): void {
    for (const [connection, hearer] of this.#hearers) {
      if (this.#options.hostAt(connection) === hearer.host) this.#tellWanted(connection, hearer);
      else connection.destroy();
    }
  }

  /** Tells what became of sessions of a router. */
  tell(router: string, records: Uint8Array): void {
    const hearers = this.#hearers
      .entries()
      .filter(([, { told }]) => told.has(router))
      .toArray();
    if (hearers.length === 0) return;
    for (let at = 0; at < records.length; at += MOST_TOLD) {
      const some = records.subarray(at, at + MOST_TOLD);
      const frame = encodeExchangeFrame({ kind: 'records', router, records: some });
      for (const [connection] of hearers) send(connection, frame);
    }
  }

  async stop(): Promise<void> {
    for (const connection of this.#hearers.keys()) connection.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }

  #accept(connection: TLSSocket): void {
    const { hostAt, log } = this.#options;
    connection.on('error', (error) => log.debug({ err: error }, 'a host is not told of sessions any more'));
    const host = hostAt(connection);
    if (host === undefined) return void connection.destroy();
    const hearer: Hearer = { host, wanted: [], told: new Set() };
    const reader = new ExchangeFrameReader();
    this.#hearers.set(connection, hearer);
    connection.setKeepAlive(true, KEEP_ALIVE_MS);
    connection.on('close', () => this.#hearers.delete(connection));
    new UnhurriedListener(connection, (data) => {
      try {
        for (const frame of reader.take(data)) if (frame.kind === 'want') hearer.wanted = frame.routers;
        this.#tellWanted(connection, hearer);
      } catch (error) {
        log.warn({ err: error, host }, 'a host asked for sessions in a way that is not understood');
        connection.destroy();
      }
    });
  }

  #tellWanted(connection: TLSSocket, hearer: Hearer): void {
    const { host, wanted, told: before } = hearer;
    const allowed = wanted.filter((router) => this.#options.mayKnow(host, router));
    hearer.told = new Set(allowed);
    for (const router of hearer.told) {
      if (before.has(router)) continue;
      this.#options.recite(router, (records) => {
        if (hearer.told.has(router) && records.length > 0)
          send(connection, encodeExchangeFrame({ kind: 'records', router, records }));
      });
    }
  }
}

function send(connection: TLSSocket, frame: Buffer): void {
  if (connection.destroyed) return;
  if (connection.writableLength > MOST_WAITING) connection.destroy();
  else connection.write(frame);
}
