/** Has a host's certificate renewed before it ends. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { Repeated } from '../base/index.ts';
import { HOST_API } from '../host-contract/index.ts';
import type { TlsFiles } from '../ovsdb/index.ts';
import { isDue, readCertificate, requestFor } from '../pki/index.ts';
import type { ServerChannel } from './server-channel.ts';

const HOUR_MS = 60 * 60 * 1_000;

export interface RenewalOptions {
  /** Files of the host's key and certificate; the key stays, so that the two fit together at any moment. */
  readonly tls: TlsFiles;
  readonly channel: ServerChannel;
  readonly everyMs?: number;
  readonly log: Logger;
}

/** Looks from its beginning until it is stopped. Whoever reads the files has the new certificate from then on. */
export class CertificateRenewal {
  readonly #options: RenewalOptions;
  readonly #running: Repeated;

  constructor(options: RenewalOptions) {
    this.#options = options;
    const { everyMs = HOUR_MS, log } = options;
    // A third of its life is left to try again.
    this.#running = new Repeated(
      () => this.#renewIfDue(),
      everyMs,
      (error) => log.warn({ err: error }, "the host's certificate could not be renewed; this is tried again"),
    );
  }

  stop(): Promise<void> {
    return this.#running.stop();
  }

  async #renewIfDue(): Promise<void> {
    const { tls, channel, log } = this.#options;
    const present = readCertificate(readFileSync(tls.certificate, 'utf8'));
    if (!isDue(present, new Date())) return;
    const request = await requestFor(tls.privateKey, present.name);
    const { status, body } = await channel.request({
      method: 'POST',
      path: HOST_API.renew,
      body: { request },
    });
    if (status !== 200) throw new Error(`${status} ${body}`);
    const { certificate } = JSON.parse(body.toString()) as { certificate: string };
    const { until } = readCertificate(certificate);
    writeFileSync(`${tls.certificate}.new`, certificate);
    renameSync(`${tls.certificate}.new`, tls.certificate);
    log.info({ until }, "the host's certificate is renewed");
  }
}
