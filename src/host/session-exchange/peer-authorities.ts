/** By what this host knows others: the authority of each, which signs for that host alone, as the service has it. */
import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { Repeated } from '../../base/index.ts';
import { HOST_API, type HostAuthority } from '../../host-contract/index.ts';
import { readCertificate } from '../../pki/index.ts';
import type { ServerChannel } from '../server-channel.ts';

/** As often it is asked whether they are still the same: who was removed is believed no longer than this. */
const EVERY_MS = 15_000;

export class PeerAuthorities {
  readonly #channel: Pick<ServerChannel, 'request'>;
  readonly #asking: Repeated;
  readonly #onChange: () => void;
  #wanted: readonly string[] = [];
  #known: ReadonlyMap<string, string> = new Map();

  /** @param onChange is called when others are known */
  constructor(channel: Pick<ServerChannel, 'request'>, log: Logger, onChange: () => void) {
    this.#channel = channel;
    this.#onChange = onChange;
    this.#asking = new Repeated(
      () => this.#ask(),
      EVERY_MS,
      (error) => log.debug({ err: error }, 'the service did not say by what other hosts are known, going on'),
    );
  }

  stop(): Promise<void> {
    return this.#asking.stop();
  }

  /** The hosts that are to be known. */
  follow(hosts: Iterable<string>): void {
    const wanted = [...new Set(hosts)].sort();
    const isNew = wanted.some((host) => !this.#wanted.includes(host));
    this.#wanted = wanted;
    if (isNew) this.#asking.soon();
  }

  /** Whether anything is known of a host. */
  knows(host: string): boolean {
    return this.#known.has(host);
  }

  /** The host at the other end of a connection, which has shown that it has the key of what it shows. */
  hostAt(connection: TLSSocket): string | undefined {
    const certificate = connection.getPeerX509Certificate();
    if (certificate === undefined) return undefined;
    const { name, from, until } = readCertificate(certificate.toString());
    const authority = this.#known.get(name);
    const now = Date.now();
    if (authority === undefined || now < from.getTime() || now >= until.getTime()) return undefined;
    const signer = new X509Certificate(authority);
    return certificate.checkIssued(signer) && certificate.verify(signer.publicKey) ? name : undefined;
  }

  async #ask(): Promise<void> {
    const hosts = this.#wanted;
    if (hosts.length === 0) return;
    const { status, body } = await this.#channel.request({
      method: 'POST',
      path: HOST_API.hostAuthorities,
      body: { hosts },
    });
    if (status !== 200) throw new Error(`${status} ${body.toString()}`);
    const { authorities } = JSON.parse(body.toString()) as { authorities: HostAuthority[] };
    const known = new Map(authorities.map(({ host, certificate }) => [host, certificate]));
    const isSame =
      known.size === this.#known.size &&
      known.entries().every(([host, one]) => this.#known.get(host) === one);
    this.#known = known;
    if (!isSame) this.#onChange();
  }
}
