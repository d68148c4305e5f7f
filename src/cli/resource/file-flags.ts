/** Flags of instances that name a file: user data and SSH keys, as `openstack server create` has them. */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { commentOf } from '../../resources/definitions.ts';
import { UsageError } from '../errors.ts';
import type { Body, Flag } from './flag.ts';

/** Octets of the largest file read: more than the API takes, so that its words explain. */
const MAX_FILE = 1024 * 1024;

export const userDataFile: Flag = {
  name: 'user-data',
  placeholder: 'file',
  doc: 'A file with what cloud-init is to do in it: at most 64 KiB, text or not.',
  body: (file) => userDataOf(readFile('user-data', file)),
};

export const publicKeyFile: Flag = {
  name: 'public-key',
  placeholder: 'file',
  repeatable: true,
  doc: 'A file with SSH public keys that may log in, one in a line: ~/.ssh/id_ed25519.pub.',
  body(file) {
    const keys = publicKeysOf(readFile('public-key', file).toString('utf8'), basename(file, '.pub'));
    if (keys.length === 0) throw new UsageError(`--public-key: ${file} has no public key in it`);
    return { public_keys: keys };
  },
};

export const noPublicKey: Flag = {
  name: 'no-public-key',
  doc: 'Clear it; with --public-key, replace it.',
  clears: 'public_keys',
  body: () => ({ public_keys: [] }),
};

export const publicKeyName: Flag = {
  name: 'public-key',
  placeholder: 'name',
  repeatable: true,
  doc: 'Take the key of this name off.',
  body: (name) => ({ public_keys: [{ name }] }),
};

/** What is no text goes in base64. */
export function userDataOf(octets: Buffer): Body {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
    if (!text.includes('\0')) return { user_data: text, user_data_encoding: 'text' };
  } catch {
    // not UTF-8
  }
  return { user_data: octets.toString('base64'), user_data_encoding: 'base64' };
}

/** @param fallback the name of keys without a comment */
export function publicKeysOf(text: string, fallback: string): { name: string; key: string }[] {
  const lines = text.split('\n').map((line) => line.trim());
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return keys.map((key) => ({ name: commentOf(key) || fallback, key }));
}

function readFile(flag: string, file: string): Buffer {
  try {
    const octets = readFileSync(file);
    if (octets.length <= MAX_FILE) return octets;
  } catch (error) {
    throw new UsageError(`--${flag}: ${error instanceof Error ? error.message : error}`);
  }
  throw new UsageError(`--${flag}: ${file} has more than ${MAX_FILE} octets`);
}
