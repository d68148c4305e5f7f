/** How a host tells whoever is on its machine that it does its work. */
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { HOST_IS_READY } from '../host-contract/index.ts';

/** The answer to any call, in JSON-RPC 1.0: there is nothing else to ask. */
const ANSWER = JSON.stringify({ id: 0, error: null, result: HOST_IS_READY });

/**
 * Begins to answer that this host is ready.
 * @param path unix socket; one that is left of a dead process is replaced
 * @returns how to end it
 */
export function answerReady(path: string): () => void {
  rmSync(path, { force: true });
  const server = createServer((caller) => {
    caller.on('error', () => {}); // who does not wait for the answer needs none
    caller.once('data', () => caller.end(ANSWER));
  }).listen(path);
  return () => server.close();
}
