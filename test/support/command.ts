/** The `sextant` command in this process, and an API for it. */
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { run } from '../../src/cli/program.ts';
import { startTestApi } from './api.ts';

export interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs `sextant` with the words of a command line; quotes hold words together.
 * @param endpoint the API, as SEXTANT_ENDPOINT
 * @param env what else is in the environment
 */
export async function sextant(
  endpoint: string,
  line: string,
  env: Readonly<NodeJS.ProcessEnv> = {},
): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const status = await run(words, {
    env: { SEXTANT_ENDPOINT: endpoint, ...env },
    color: false,
    out: (text) => out.push(text),
    err: (text) => err.push(text),
  });
  return { status, out: out.join(''), err: err.join('') };
}

/** Starts an API on an empty store, without an engine, until the test ends; gives its URL. */
export async function listeningApi(t: TestContext): Promise<string> {
  const { app, close } = await startTestApi();
  t.after(close);
  await app.listen({ host: '::1', port: 0 });
  return `http://[::1]:${(app.server.address() as AddressInfo).port}`;
}
