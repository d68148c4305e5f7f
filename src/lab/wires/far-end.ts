/** The far end of wires: a program for a server of a cloud, and what it says on the server's console. */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** Where a far end listens. */
export const FAR_END_PORT = 7699;

/** A far end that runs. */
export interface FarEnd {
  /** For messages: `2001:db8::5 port 7699`. */
  readonly where: string;
  /** In hexadecimal: who knows it may use the server's devices. */
  readonly secret: string;
  /** A new connection, under way. */
  connect(): Socket;
}

/** The program, for one server: a Python script that stays when it has been started. */
export function farEndProgram({ port, secret }: { readonly port: number; readonly secret: string }): string {
  return `#!/usr/bin/env python3\n${readFileSync(join(import.meta.dirname, 'far-end.py'), 'utf8')}`
    .replace(/^PORT = .*$/m, `PORT = ${port}`)
    .replace(/^SECRET = .*$/m, `SECRET = "${secret}"`);
}

/** What a far end says: that it listens, or why it does not. */
export interface FarEndWord {
  readonly event: string;
  readonly error?: string;
}

const SPOKEN = /sextant-wire ([\da-f]{8}) (\{.*\})/g;

/** What a far end said on a console, among all else there; what was cut or mixed up is left out. */
export const wordsOfFarEnd = (console: string): FarEndWord[] =>
  Array.from(console.matchAll(SPOKEN), ([, sum = '', text = '']) =>
    crc32(text) === Number.parseInt(sum, 16) ? (JSON.parse(text) as FarEndWord) : undefined,
  ).filter((word) => word !== undefined);
