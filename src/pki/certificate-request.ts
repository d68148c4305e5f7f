/** A key, and the request for a certificate of it: the key never leaves the machine. */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { openssl } from './openssl.ts';

/** Makes a private key in a file that its owner alone may read, unless there is one. */
export function makeKey(file: string): void {
  if (existsSync(file)) return;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(`${file}.new`, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/**
 * A request for a certificate of a key.
 * @returns it in PEM
 * @throws CertificateError when the file has no key
 */
export const requestFor = (keyFile: string, name: string): Promise<string> =>
  openssl(['req', '-new', '-batch', '-config', '/dev/null', '-key', keyFile, '-subj', `/CN=${name}`]);
