/**
 * Certificates: by them hosts know the service, and the service knows its hosts. The service has an authority of its
 * own; a host makes a key, and has it signed once it has shown a token.
 *
 * In go a directory and names; out come files in PEM, as Node and OVN's programs take them. Begin with `authority.ts`.
 */
export { Authority, type Candidate, type CertificateFiles, SERVICE_NAME } from './authority.ts';
export { type CertificateFacts, fingerprintOf, isDue, readCertificate } from './certificate.ts';
export { makeKey, requestFor } from './certificate-request.ts';
export { CertificateError } from './openssl.ts';
