/** What a certificate says. */
import { createHash, X509Certificate } from 'node:crypto';

/** What there is to know of a certificate. */
export interface CertificateFacts {
  /** The common name: of hosts that of their chassis. */
  readonly name: string;
  readonly serial: string;
  readonly from: Date;
  readonly until: Date;
}

/**
 * Reads a certificate in PEM.
 * @throws Error when it is none
 */
export function readCertificate(pem: string): CertificateFacts {
  const { subject, serialNumber, validFromDate, validToDate } = new X509Certificate(pem);
  return { name: commonName(subject), serial: serialNumber, from: validFromDate, until: validToDate };
}

/** The SHA-256 hash of a certificate in PEM, in base64url: who knows it knows the certificate when it comes. */
export const fingerprintOf = (pem: string): string =>
  createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url');

/** Whether so much of a certificate's life is over that it is to be renewed: two thirds. */
export const isDue = ({ from, until }: Pick<CertificateFacts, 'from' | 'until'>, now: Date): boolean =>
  now.getTime() > from.getTime() + (2 / 3) * (until.getTime() - from.getTime());

/** The common name in a subject as Node writes it: `CN=h1`, one part a line. */
const commonName = (subject: string): string =>
  subject
    .split('\n')
    .find((part) => part.startsWith('CN='))
    ?.slice('CN='.length) ?? '';
