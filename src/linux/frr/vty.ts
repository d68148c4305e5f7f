/** What daemons of FRR are told: each takes the lines of its command language on a unix socket. */
import { connect } from 'node:net';

/** What a daemon answered to a line. */
export interface VtyAnswer {
  readonly status: number;
  readonly output: string;
}

/** A line that a daemon did not take. */
export class VtyError extends Error {
  override readonly name = 'VtyError';
}

const PATIENCE_MS = 10_000;
/** CMD_SUCCESS, and CMD_WARNING: it was done, or was done before. */
const ACCEPTED: readonly number[] = [0, 1];
/** Behind the output of a line: three zeros, and the status. */
const END = 4;

/**
 * Says lines to a daemon, one after the other, all of them. What is taken back (`no ...`) may be gone already.
 * @param path of its socket
 * @returns what it answers to each
 * @throws VtyError when it did not take some, named by their places; system errors when it cannot be reached
 */
export async function sayToDaemon(path: string, lines: readonly string[]): Promise<string[]> {
  const socket = connect(path);
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`${path} does not answer`)));
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  const answers: string[] = [];
  const refused: string[] = [];
  let buffer: Buffer = Buffer.alloc(0);
  const sayNext = (): void => {
    const line = lines[answers.length];
    if (line !== undefined) socket.write(`${line}\0`);
    else if (refused.length > 0) reject(new VtyError(refused.join('; ')));
    else resolve(answers);
  };
  socket.on('connect', sayNext);
  socket.on('error', reject);
  socket.on('close', () => reject(new Error(`${path}: the daemon ended`)));
  socket.on('data', (octets: Buffer) => {
    buffer = Buffer.concat([buffer, octets]);
    const answer = answerIn(buffer);
    if (answer === undefined) return;
    buffer = Buffer.alloc(0);
    const isTakenBack = lines[answers.length]?.startsWith('no ');
    // Lines may have passwords in them.
    if (!ACCEPTED.includes(answer.status) && !isTakenBack)
      refused.push(`line ${answers.length + 1}: ${answer.output.trim()}`);
    answers.push(answer.output);
    sayNext();
  });
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

/** The answer that octets have, once it is whole. */
export function answerIn(octets: Buffer): VtyAnswer | undefined {
  const end = octets.length - END;
  if (end < 0 || octets[end] !== 0 || octets[end + 1] !== 0 || octets[end + 2] !== 0) return undefined;
  return { status: octets[end + 3] ?? 0, output: octets.subarray(0, end).toString('utf8') };
}
