/**
 * Sextant's own certificate authority: who has a certificate of it for clients is the host that this names, who has one
 * for servers is the service.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Clocks of machines that are not set yet may be behind. */
const EARLIER_MS = DAY_MS;
const AUTHORITY_DAYS = 20 * 365;
const SERVICE_DAYS = 2 * 365;
const HOST_DAYS = 90;
/** The service's name in its certificate: its address may be any. */
export const SERVICE_NAME = 'sextant service';
const AUTHORITY_NAME = 'Sextant hosts';

/** How `openssl ca` signs, and keeps a list of what it signed, with nothing of a request but its key. */
const SETTINGS = `[ca]
default_ca = sextant
[sextant]
dir = .
database = $ENV::SEXTANT_PKI/signed
new_certs_dir = $ENV::SEXTANT_PKI
certificate = $ENV::SEXTANT_PKI/ca.pem
private_key = $ENV::SEXTANT_PKI/ca.key
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

export class Authority {
  /** The service's certificate, and the authority's. */
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
      caCertificate: join(directory, 'ca.pem'),
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

  /** The authority's certificate, in PEM. */
  get certificate(): string {
    return readFileSync(this.files.caCertificate, 'utf8');
  }

  /** Of the authority's certificate: what hosts know it by. */
  get fingerprint(): string {
    return fingerprintOf(this.certificate);
  }

  /**
   * Signs a host's request.
   * @param request in PEM; only its key counts
   * @returns the certificate, in PEM
   * @throws CertificateError when it is no request, or not signed with its own key
   */
  signHost(request: string, chassis: string): Promise<string> {
    return this.#sign('host', request, chassis, this.#hostDays);
  }

  async #prepare(): Promise<void> {
    writeFileSync(join(this.#directory, 'openssl.cnf'), SETTINGS);
    writeFileSync(join(this.#directory, 'signed'), '', { flag: 'a' });
    const { certificate, caCertificate, privateKey } = this.files;
    if (!existsSync(caCertificate)) {
      makeKey(join(this.#directory, 'ca.key'));
      const request = await requestFor(join(this.#directory, 'ca.key'), AUTHORITY_NAME);
      write(caCertificate, await this.#sign('authority', request, AUTHORITY_NAME, AUTHORITY_DAYS));
    }
    const present = existsSync(certificate) ? readCertificate(readFileSync(certificate, 'utf8')) : undefined;
    if (present !== undefined && !isDue(present, new Date())) return;
    makeKey(privateKey);
    const request = await requestFor(privateKey, SERVICE_NAME);
    write(certificate, await this.#sign('service', request, SERVICE_NAME, SERVICE_DAYS));
  }

  #sign(kind: Kind, request: string, name: string, days: number): Promise<string> {
    const signing = this.#signing.then(async () => {
      const file = join(this.#directory, 'request');
      writeFileSync(file, request);
      try {
        return await this.#run(kind, file, name, days);
      } finally {
        rmSync(file);
      }
    });
    this.#signing = signing.catch(() => {});
    return signing;
  }

  async #run(kind: Kind, file: string, name: string, days: number): Promise<string> {
    const now = Date.now();
    const output = await openssl(
      [
        ...['ca', '-batch', '-notext', '-config', join(this.#directory, 'openssl.cnf'), '-in', file],
        ...['-subj', `/CN=${name}`, '-extensions', kind, ...(kind === 'authority' ? ['-selfsign'] : [])],
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
