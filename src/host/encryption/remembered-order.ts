/** What the service has ordered, in a file: a host keeps to it while the service is away, and from its start on. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EncryptionOrder } from '../../host-contract/index.ts';

const NOTHING: EncryptionOrder = { encryption: 'none', authorities: [] };

/** @param directory of the host's key and certificates */
const file = (directory: string): string => join(directory, 'encryption.json');

/** The last order; nothing is encrypted before the first. */
export function recallOrder(directory: string): EncryptionOrder {
  try {
    return JSON.parse(readFileSync(file(directory), 'utf8')) as EncryptionOrder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NOTHING;
    throw error;
  }
}

export function rememberOrder(directory: string, order: EncryptionOrder): void {
  const path = file(directory);
  writeFileSync(`${path}.new`, JSON.stringify(order));
  renameSync(`${path}.new`, path);
}

/** Whether a host's tunnels are to be encrypted, as far as it has been told. */
export const isToEncrypt = (directory: string): boolean => recallOrder(directory).encryption !== 'none';
