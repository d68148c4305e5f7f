/** How a machine becomes a host: it makes sure whom it speaks to, shows its token, and is given a certificate. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { type Encryption, HOST_API, type JoinToken } from '../host-contract/index.ts';
import type { TlsFiles } from '../ovsdb/index.ts';
import { fingerprintOf, makeKey, requestFor } from '../pki/index.ts';
import { rememberOrder } from './encryption/index.ts';
import { checkService, ServerChannel } from './server-channel.ts';

const PATIENCE_MS = 20_000;

/** Why a machine has not become a host; nothing on it was changed. */
export class JoinError extends Error {
  override readonly name = 'JoinError';
}

export interface Enrolment {
  /** OVSDB remote of the southbound database. */
  readonly southbound: string;
  /** The address that this machine has on the way to the service. */
  readonly localAddress: string;
  /** Of tunnels; an earlier release of the service says nothing of it. */
  readonly encryption?: Encryption;
}

export interface EnrolOptions {
  /** `https://...` */
  readonly server: string;
  readonly token: JoinToken;
  /** The name that the host is to have. */
  readonly host: string;
  /** Its availability zones, with commas; left out, they stay as the service has them. */
  readonly availabilityZone?: string | undefined;
  /** Whether its tunnels can be encrypted: `CAN_ENCRYPT`, or why not; nothing is said when left out. */
  readonly ipsec?: string | undefined;
  /** Where key and certificates are to be; what was there is replaced when all has gone well. */
  readonly directory: string;
}

/** The files of a host's key and certificates. */
export const identityFiles = (directory: string): TlsFiles => ({
  privateKey: join(directory, 'host.key'),
  certificate: join(directory, 'host.pem'),
  caCertificate: join(directory, 'ca.pem'),
});

/**
 * Has a machine join.
 * @throws JoinError that says why it may not, or cannot
 */
export async function enrol({
  server,
  token,
  host,
  availabilityZone,
  ipsec,
  directory,
}: EnrolOptions): Promise<Enrolment> {
  const { certificate: ca } = (await ask(server, { path: HOST_API.authority })) as { certificate: string };
  if (typeof ca !== 'string' || fingerprintOf(ca) !== token.fingerprint) {
    throw new JoinError(
      `${server} is not the service that the token is of: its authority has another fingerprint. Nothing was told to it.`,
    );
  }
  const unfinished = `${directory}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  try {
    const files = identityFiles(unfinished);
    makeKey(files.privateKey);
    const request = await requestFor(files.privateKey, host);
    const { id, secret } = token;
    const answer = await ask(server, {
      path: HOST_API.join,
      ca,
      body: { id, secret, host, request, availability_zone: availabilityZone, ipsec },
    });
    const {
      certificate,
      southbound,
      localAddress,
      encryption = 'none',
    } = answer as unknown as Enrolment & {
      certificate: string;
    };
    writeFileSync(files.certificate, certificate);
    writeFileSync(files.caCertificate, ca);
    rememberOrder(unfinished, { encryption, authorities: [] });
    rmSync(directory, { recursive: true, force: true });
    renameSync(unfinished, directory);
    return { southbound, localAddress, encryption };
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Whether the certificate that a machine has counts with the service. */
export async function isHostOf(server: string, directory: string): Promise<boolean> {
  const channel = new ServerChannel(server, identityFiles(directory));
  try {
    const { status } = await channel.request({ method: 'GET', path: HOST_API.self });
    return status === 200;
  } catch {
    return false;
  } finally {
    channel.close();
  }
}

interface Question {
  readonly path: string;
  /** Of the authority that the service is to be of; without, whoever answers is listened to. */
  readonly ca?: string;
  readonly body?: unknown;
}

/** @throws JoinError */
async function ask(server: string, { path, ca, body }: Question): Promise<Record<string, unknown>> {
  const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
  const content = body === undefined ? undefined : JSON.stringify(body);
  const request = httpsRequest(
    new URL(path, server),
    {
      method: content === undefined ? 'GET' : 'POST',
      agent: false,
      minVersion: 'TLSv1.3',
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(ca === undefined ? { rejectUnauthorized: false } : { ca, checkServerIdentity: checkService }),
      headers: content === undefined ? {} : { 'content-type': 'application/json' },
    },
    async (response) => {
      try {
        const { localAddress } = response.socket as TLSSocket;
        const text = (await response.setEncoding('utf8').toArray()).join('');
        const answer = JSON.parse(text) as Record<string, unknown>;
        if (response.statusCode === 200) return resolve({ ...answer, localAddress });
        reject(new JoinError(String(answer.message ?? `${server} answers ${response.statusCode}`)));
      } catch (error) {
        reject(new JoinError(`${server} gives no answer that can be read`, { cause: error }));
      }
    },
  );
  request.on('error', (error) => reject(new JoinError(`${server} cannot be reached: ${error.message}`)));
  request.end(content);
  return promise;
}
