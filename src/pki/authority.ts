/**
 * Sextant's own certificate authorities: one that signs for the service, and one for each host, which signs for that
 * alone. OVSDB knows no list of certificates that were revoked: a host that is to be believed no more takes its authority
 * with it.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprintOf, isDue, readCertificate } from './certificate.ts';
import { makeKey, requestFor } from './certificate-request.ts';
import { CertificateError, openssl } from './openssl.ts';

/** Files of a certificate, in PEM, as the tools of OVS name them. */
export interface CertificateFiles {
  readonly privateKey: string;
  readonly certificate: string;
  readonly caCertificate: string;
}

/** A host that may be let in: its certificate, and the authority that signed it, which nobody believes yet. */
export interface Candidate {
  readonly name: string;
  /** In PEM. */
  readonly certificate: string;
  /** Directory of its authority. */
  readonly authority: string;
}

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Clocks of machines that are not set yet may be behind. */
const EARLIER_MS = DAY_MS;
const AUTHORITY_DAYS = 20 * 365;
const SERVICE_DAYS = 2 * 365;
const HOST_DAYS = 90;
/** The service's name in its certificate: its address may be any. */
export const SERVICE_NAME = 'sextant service';
const AUTHORITY_NAME = 'Sextant hosts';
/** Begins the names of the authorities of hosts. */
const HOST_AUTHORITY = 'Sextant host';
/** Begins the directories of those that are not let in yet. */
const UNFINISHED = '.';

/** How `openssl ca` signs, and keeps a list of what it signed, with nothing of a request but its key. */
const SETTINGS = `[ca]
default_ca = sextant
[sextant]
dir = .
database = $ENV::SEXTANT_PKI/signed
new_certs_dir = $ENV::SEXTANT_PKI
default_md = sha256
policy = named
unique_subject = no
copy_extensions = none
rand_serial = yes
[named]
commonName = supplied
[authority]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[service]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[host]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`;

type Kind = 'authority' | 'service' | 'host';

/** What is to be signed, and by whom. */
interface Signing {
  readonly kind: Kind;
  readonly request: string;
  readonly name: string;
  readonly days: number;
  /** Directory of the authority that signs; an authority signs itself. */
  readonly by: string;
}

export class Authority {
  /** The service's certificate, and those of the authorities by which hosts are known. */
  readonly files: CertificateFiles;
  readonly #directory: string;
  readonly #hostDays: number;
  /** Signing keeps a list in a file: one at a time. */
  #signing: Promise<unknown> = Promise.resolve();

  private constructor(directory: string, hostDays: number) {
    this.#directory = directory;
    this.#hostDays = hostDays;
    this.files = {
      privateKey: join(directory, 'service.key'),
      certificate: join(directory, 'service.pem'),
      caCertificate: join(directory, 'hosts.pem'),
    };
  }

  /**
   * Opens the authority of a directory, with a new key where there is none, and renews the service's certificate when
   * that is due.
   * @param hostDays how long certificates of hosts count
   * @throws CertificateError when `openssl` fails
   */
  static async open(directory: string, hostDays = HOST_DAYS): Promise<Authority> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const authority = new Authority(directory, hostDays);
    await authority.#prepare();
    return authority;
  }

  /** The certificate of the service's authority, in PEM. */
  get certificate(): string {
    return readFileSync(join(this.#directory, 'ca.pem'), 'utf8');
  }

  /** The certificates of the authorities by which hosts are known, in PEM. */
  get trusted(): string {
    return readFileSync(this.files.caCertificate, 'utf8');
  }

  /** Of the authority's certificate: what hosts know it by. */
  get fingerprint(): string {
    return fingerprintOf(this.certificate);
  }

  /**
   * Signs the request of one that wants to be a host, with an authority that is new: nobody believes it before `admit`.
   * @param request in PEM; only its key counts
   * @throws CertificateError when it is no request, or not signed with its own key
   */
  async candidate(request: string, name: string): Promise<Candidate> {
    const authority = join(this.#hosts, `${UNFINISHED}${randomUUID()}`);
    mkdirSync(authority, { recursive: true, mode: 0o700 });
    try {
      await this.#makeAuthority(authority, `${HOST_AUTHORITY} ${name}`);
      return { name, authority, certificate: await this.#signHost(request, name, authority) };
    } catch (error) {
      this.dismiss({ authority });
      throw error;
    }
  }

  /** Forgets one that is not to be a host after all. */
  dismiss({ authority }: Pick<Candidate, 'authority'>): void {
    rmSync(authority, { recursive: true, force: true });
  }

  /**
   * Has a candidate be believed; who was a host of the same name is no more.
   * @returns whether there was one
   */
  admit({ name, authority }: Candidate): boolean {
    const place = join(this.#hosts, name);
    const isReplaced = existsSync(place);
    rmSync(place, { recursive: true, force: true });
    renameSync(authority, place);
    this.#writeTrusted();
    return isReplaced;
  }

  /**
   * Signs a further request of a host.
   * @returns the certificate, in PEM
   * @throws CertificateError when it is no request, or the host is none
   */
  renew(request: string, name: string): Promise<string> {
    return this.#signHost(request, name, join(this.#hosts, name));
  }

  /** The names of the hosts. */
  hosts(): string[] {
    return readdirSync(this.#hosts).filter((name) => !name.startsWith(UNFINISHED));
  }

  /** The certificates of the authorities of hosts, in PEM, by host: what the hosts know each other by. */
  hostAuthorities(): Map<string, string> {
    const names = this.hosts().sort();
    return new Map(names.map((name) => [name, readFileSync(join(this.#hosts, name, 'ca.pem'), 'utf8')]));
  }

  /** Has hosts be believed no more: certificates of theirs are nobody's, whatever they say. `forget` ends it. */
  distrust(names: readonly string[]): void {
    this.#writeTrusted(new Set(names));
  }

  /** Forgets hosts that are not believed any more. */
  forget(names: readonly string[]): void {
    for (const name of names) rmSync(join(this.#hosts, name), { recursive: true, force: true });
  }

  get #hosts(): string {
    return join(this.#directory, 'hosts');
  }

  /** The service's own authority signs for no host: with it the list is never empty, which programs take for none. */
  #writeTrusted(without: ReadonlySet<string> = new Set()): void {
    const names = this.hosts().filter((name) => !without.has(name));
    const all = names.map((name) => readFileSync(join(this.#hosts, name, 'ca.pem'), 'utf8'));
    write(this.files.caCertificate, [this.certificate, ...all].join(''));
  }

  #signHost(request: string, name: string, by: string): Promise<string> {
    return this.#sign({ kind: 'host', request, name, days: this.#hostDays, by });
  }

  async #makeAuthority(directory: string, name: string): Promise<void> {
    const key = join(directory, 'ca.key');
    makeKey(key);
    const request = await requestFor(key, name);
    const signing = { kind: 'authority', request, name, days: AUTHORITY_DAYS, by: directory } as const;
    write(join(directory, 'ca.pem'), await this.#sign(signing));
  }

  async #prepare(): Promise<void> {
    writeFileSync(join(this.#directory, 'openssl.cnf'), SETTINGS);
    writeFileSync(join(this.#directory, 'signed'), '', { flag: 'a' });
    mkdirSync(this.#hosts, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(this.#hosts))
      if (name.startsWith(UNFINISHED)) this.dismiss({ authority: join(this.#hosts, name) });
    if (!existsSync(join(this.#directory, 'ca.pem')))
      await this.#makeAuthority(this.#directory, AUTHORITY_NAME);
    this.#writeTrusted();
    const { certificate, privateKey } = this.files;
    const present = existsSync(certificate) ? readCertificate(readFileSync(certificate, 'utf8')) : undefined;
    if (present !== undefined && !isDue(present, new Date())) return;
    makeKey(privateKey);
    const request = await requestFor(privateKey, SERVICE_NAME);
    const signing = { kind: 'service', request, name: SERVICE_NAME, days: SERVICE_DAYS } as const;
    write(certificate, await this.#sign({ ...signing, by: this.#directory }));
  }

  #sign(wish: Signing): Promise<string> {
    const signing = this.#signing.then(async () => {
      const file = join(this.#directory, 'request');
      writeFileSync(file, wish.request);
      try {
        return await this.#run(file, wish);
      } finally {
        rmSync(file);
      }
    });
    this.#signing = signing.catch(() => {});
    return signing;
  }

  async #run(file: string, { kind, name, days, by }: Signing): Promise<string> {
    const now = Date.now();
    const signer = kind === 'authority' ? ['-selfsign'] : ['-cert', join(by, 'ca.pem')];
    const output = await openssl(
      [
        ...['ca', '-batch', '-notext', '-config', join(this.#directory, 'openssl.cnf'), '-in', file],
        ...['-subj', `/CN=${name}`, '-extensions', kind, '-keyfile', join(by, 'ca.key'), ...signer],
        ...[
          '-startdate',
          generalizedTime(now - EARLIER_MS),
          '-enddate',
          generalizedTime(now + days * DAY_MS),
        ],
      ],
      { environment: { SEXTANT_PKI: this.#directory } },
    );
    const [pem] = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n/.exec(output) ?? [];
    if (pem === undefined) throw new CertificateError('openssl ca gave no certificate');
    const { serial } = readCertificate(pem);
    // It keeps a copy of each.
    rmSync(join(this.#directory, `${serial}.pem`), { force: true });
    return pem;
  }
}

/** Under another name first: a file that is there is whole. */
function write(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** `20260102030405Z` (RFC 5280 section 4.1.2.5.2). */
const generalizedTime = (ms: number): string =>
  `${new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`;
