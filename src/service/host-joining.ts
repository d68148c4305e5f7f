/** How machines join as hosts: they learn whom they speak to, show a token, and are given a certificate. */
import { isIPv6 } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { errors } from '../errors/index.ts';
import {
  CAN_ENCRYPT,
  type Encryption,
  HOST_API,
  HOST_NAME,
  LONGEST_ENCRYPTION_REASON,
} from '../host-contract/index.ts';
import { CertificateError, readCertificate } from '../pki/index.ts';
import { joinHost, object, requireToken, type Store, text, zones } from '../resources/index.ts';
import type { HostDoor } from './host-door.ts';
import { OF_NO_ENCRYPTION } from './host-encryption.ts';

export interface JoiningOptions {
  readonly store: Store;
  readonly door: HostDoor;
  /** Port of the southbound database, on the address by which the host came here. */
  readonly southboundPort: number;
  /** Of hosts' tunnels. */
  readonly encryption: Encryption;
  readonly log: Logger;
}

/** Longest certificate request that is read, in characters. */
export const MAX_REQUEST = 8_192;
const request = object(
  { id: text(36), secret: text(64), host: text(255), request: text(MAX_REQUEST) },
  { availability_zone: zones, ipsec: text(LONGEST_ENCRYPTION_REASON) },
);

/** Routes by which machines join: see `HOST_API`. Whoever comes there has no certificate yet. */
export function addJoining(api: FastifyInstance, options: JoiningOptions): void {
  const { store, door, southboundPort, encryption, log } = options;
  const { authority } = door;
  api.get(HOST_API.authority, async () => ({ certificate: authority.certificate }));
  api.post(HOST_API.join, { bodyLimit: 2 * MAX_REQUEST }, async ({ body, socket }) => {
    const {
      host,
      request: wish,
      availability_zone: availabilityZone,
      ipsec = OF_NO_ENCRYPTION,
      ...token
    } = request.parse(body, 'body');
    if (!HOST_NAME.test(host)) throw errors.hostToken.chassisName({ host });
    const audit = { host, token: token.id, from: socket.remoteAddress };
    try {
      // Ahead of the work of signing, which is for nobody without one.
      await requireToken(store.read, token, host);
      if (encryption !== 'none' && ipsec !== CAN_ENCRYPT)
        throw errors.hostToken.cannotEncrypt({ host, reason: ipsec });
      const candidate = await signed(() => authority.candidate(wish, host));
      const { certificate } = candidate;
      const { serial, until } = readCertificate(certificate);
      try {
        await store.transaction((tx) =>
          joinHost(tx, token, { chassis: host, availabilityZone }, { serial, until }),
        );
      } catch (error) {
        authority.dismiss(candidate);
        throw error;
      }
      await door.admit(candidate);
      log.info({ audit: { ...audit, serial } }, 'a host joins');
      const { localAddress = '' } = socket;
      const address = isIPv6(localAddress) ? `[${localAddress}]` : localAddress;
      return { certificate, southbound: `ssl:${address}:${southboundPort}`, encryption };
    } catch (error) {
      log.warn({ audit, err: error }, 'a host may not join');
      throw error;
    }
  });
}

/**
 * Waits for an authority to sign.
 * @throws RequestError 400 for what is no request
 */
export async function signed<T>(sign: () => Promise<T>): Promise<T> {
  try {
    return await sign();
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw errors.hostToken.request({ reason: error.message });
  }
}
