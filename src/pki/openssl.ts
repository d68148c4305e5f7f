/** The `openssl` command, which every machine with Open vSwitch has: it makes and signs what X.509 says, nothing here does. */
import { spawn } from 'node:child_process';

const PATIENCE_MS = 20_000;

/** What `openssl` refused, with its words. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/**
 * Runs `openssl`.
 * @param environment variables for its settings
 * @returns its standard output
 * @throws CertificateError when it fails, or is not installed
 */
export function openssl(
  args: readonly string[],
  { environment = {} }: { readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn('openssl', args, {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
  });
  let [output, complaint] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  child.once('error', (error) => reject(new CertificateError(`openssl: ${error.message}`)));
  child.once('close', (status) => {
    if (status === 0) resolve(output);
    else reject(new CertificateError(`openssl ${args[0]} failed: ${complaint.trim()}`));
  });
  return promise;
}
