/** Runs command lines for tests, without a process. */
import { run } from './program.ts';

export interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs `sextant` with the words of a command line; quotes hold words together.
 * @param endpoint the API, as SEXTANT_ENDPOINT
 */
export async function sextant(endpoint: string, line: string): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const status = await run(words, {
    env: { SEXTANT_ENDPOINT: endpoint },
    out: (text) => out.push(text),
    err: (text) => err.push(text),
  });
  return { status, out: out.join(''), err: err.join('') };
}
