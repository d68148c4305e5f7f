/** The service's log: JSON lines for machines, plain lines for a person at a terminal. */

import { Writable } from 'node:stream';
import pino, { type Logger } from 'pino';
import type { LogLevel } from '../service/index.ts';

interface Line {
  level: number;
  time: number;
  msg?: string;
  err?: { message?: string; stack?: string };
  [key: string]: unknown;
}

const HIDDEN = new Set(['level', 'time', 'msg', 'err', 'pid', 'hostname', 'part']);

/** `12:00:01 info  engine: northbound database is up (pid 12)` */
export function plainLine(json: string): string {
  const line = JSON.parse(json) as Line;
  const time = new Date(line.time).toTimeString().slice(0, 8);
  const level = (pino.levels.labels[line.level] ?? '').padEnd(5);
  const part = typeof line.part === 'string' ? `${line.part}: ` : '';
  const facts = Object.entries(line)
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const error = line.err ? `\n  ${line.err.stack ?? line.err.message}` : '';
  return `${time} ${level} ${part}${line.msg ?? ''}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}${error}\n`;
}

/** A log on standard error: standard output is for what was asked for. */
export function openLog(level: LogLevel): Logger {
  if (!process.stderr.isTTY) return pino({ level }, pino.destination({ dest: 2, sync: false }));
  const plain = new Writable({
    write(chunk, _encoding, done) {
      process.stderr.write(plainLine(String(chunk)), done);
    },
  });
  return pino({ level }, plain);
}
