/** What settings may be: each of these reads one from its text, and throws an Error that says how it must be. Pure. */
import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import type { Family } from '../addressing/index.ts';
import { LONGEST_TOKEN_MS } from '../identity/token-life.ts';

export const oneWordOf =
  <const T extends string>(...words: readonly T[]) =>
  (text: string): T => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw new Error(`it must be one of ${words.join(', ')}`);
    return word;
  };

/** `[::1]:9696`, `127.0.0.1:9696` */
export function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+|localhost)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65535 || (host !== 'localhost' && isIP(host) === 0)) {
    throw new Error('it must be ADDRESS:PORT, an IPv6 address in brackets: [::1]:9696');
  }
  return { host, port };
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new Error('it must be a number from 1 to 65535');
  return port;
}

/** @returns undefined for what is usual */
export function parseQuota(text: string): number | undefined {
  if (text === '') return undefined;
  const quota = Number(text);
  if (!Number.isInteger(quota) || quota < -1 || quota > 2 ** 31 - 1)
    throw new Error('it must be a number from 0, or -1 for any number');
  return quota;
}

export function parseOptionalAddress(text: string): string | undefined {
  if (text === '') return undefined;
  if (isIP(text) === 0) throw new Error('it must be an IP address');
  return text;
}

export function parseMtu(text: string): number {
  const mtu = Number(text);
  if (!Number.isInteger(mtu) || mtu < 1358 || mtu > 65535) {
    throw new Error(
      'it must be a number from 1358, so that 1280 bytes are left inside a tunnel (RFC 8200 section 5), to 65535',
    );
  }
  return mtu;
}

export function parseFamily(text: string): Family | undefined {
  if (text === '') return undefined;
  if (text !== '6' && text !== '4') throw new Error('it must be 6 or 4');
  return text === '6' ? 6 : 4;
}

export function parseNames(text: string): string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  for (const name of names) {
    // Each gets a bridge br-NAME, and Linux allows 15 characters for a device's name.
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,11}$/.test(name)) {
      throw new Error(`'${name}' must have 1 to 12 letters, digits, dots, dashes or underscores`);
    }
  }
  if (new Set(names).size < names.length) throw new Error('a name is there twice');
  return names;
}

export function parseUrl(text: string): string {
  if (text !== '' && !/^https?:\/\/[^\s/]+(?:\/\S*)?$/.test(text))
    throw new Error('it must be a URL: http://[2001:db8::8]:8775');
  return text;
}

/** What nobody guesses at once; the message does not repeat it. */
export function parsePassword(text: string): string {
  if (text !== '' && text.length < 8) throw new Error('it must have at least 8 characters');
  return text;
}

export function parseTokenSeconds(text: string): number {
  const seconds = Number(text);
  const most = LONGEST_TOKEN_MS / 1000;
  if (!Number.isInteger(seconds) || seconds < 60 || seconds > most)
    throw new Error(`it must be a number of seconds from 60 to ${most}`);
  return seconds;
}

/** Processes are started in another directory: a path must not depend on that. */
export function parseDirectory(text: string): string {
  if (!isAbsolute(text)) throw new Error('it must be an absolute path: /opt/ovn');
  return text;
}

function parseAddresses(text: string): string[] {
  const addresses = text
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  for (const address of addresses) if (isIP(address) === 0) throw new Error(`'${address}' is no IP address`);
  return addresses;
}

export const parseForwarders = (text: string): string[] | 'machine' =>
  text.trim() === 'machine' ? 'machine' : parseAddresses(text);
