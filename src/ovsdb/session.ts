/** Sessions: one at a time, and another when it ends. */
import type { Logger } from 'pino';
import { OvsdbError, RetryableError } from './errors.ts';
import type { Json } from './json.ts';
import { dial, formatRemote, type Remote, type TlsFiles } from './remote.ts';
import { RpcPeer } from './rpc.ts';

/** What a client does with its sessions; at most one is open at any time. */
export interface SessionHandler {
  /** Makes a fresh session usable. When it throws, the next remote is tried. */
  open(peer: RpcPeer): Promise<void>;
  /** Takes the notifications of the session, those during {@link open} too. */
  notify(method: string, params: readonly Json[]): void;
  /** The session, open or on its way there, is over. */
  closed(reason: Error): void;
}

export interface SessionOptions {
  readonly remotes: readonly Remote[];
  readonly tls: TlsFiles | undefined;
  /** As for {@link RpcPeer}; not asked of servers on unix sockets, whose end is the socket's. */
  readonly probeIntervalMs: () => number;
  readonly log: Logger;
}

const DIAL_TIMEOUT_MS = 5_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Keeps a session open with one of several servers until it is aborted. A lost session is replaced at once by
 * one with the next remote; after a round without one that lasted it pauses, twice as long each time.
 *
 * @throws OvsdbError when `handler.open` finds, before any session was ever usable, that trying again is useless
 */
export async function keepSession(
  options: SessionOptions,
  handler: SessionHandler,
  signal: AbortSignal,
): Promise<void> {
  const { remotes, log } = options;
  let everOpen = false;
  let failures = 0;
  for (let attempt = 0; !signal.aborted; attempt++) {
    const remote = remotes[attempt % remotes.length]!;
    try {
      let openAt: number | undefined;
      const reason = await runSession(options, remote, handler, signal, () => {
        everOpen = true;
        openAt = performance.now();
        log.debug({ remote: formatRemote(remote) }, 'OVSDB session open');
      });
      if (!signal.aborted)
        log.warn({ remote: formatRemote(remote), reason: reason.message }, 'OVSDB session lost');
      // One that did not last is as one that was not made: what ends it may end the next.
      const hasLasted = performance.now() - (openAt ?? 0) >= LONGEST_PAUSE_MS;
      failures = hasLasted ? 0 : failures + 1;
      if (failures > 0 && failures % remotes.length === 0) await pause(failures / remotes.length, signal);
    } catch (error) {
      if (!everOpen && error instanceof OvsdbError && !(error instanceof RetryableError)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      failures++;
      // Once every remote has failed somebody should know; but not at every further attempt.
      const level = failures === remotes.length ? 'warn' : 'debug';
      log[level]({ remote: formatRemote(remote), reason }, 'no OVSDB session');
      if (failures % remotes.length === 0) await pause(failures / remotes.length, signal);
    }
  }
}

/** Opens a session, and resolves with the reason when it has ended. Throws when it was never usable. */
async function runSession(
  { tls, probeIntervalMs }: SessionOptions,
  remote: Remote,
  handler: SessionHandler,
  signal: AbortSignal,
  usable: () => void,
): Promise<Error> {
  const socket = await dial(remote, tls, DIAL_TIMEOUT_MS);
  const peer = new RpcPeer(socket, {
    probeIntervalMs: remote.transport === 'unix' ? () => 0 : probeIntervalMs,
    onNotification: (method, params) => handler.notify(method, params),
  });
  const abort = () => peer.close('closed by this client');
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    await handler.open(peer);
    usable();
    return await peer.closed;
  } finally {
    signal.removeEventListener('abort', abort);
    peer.close('the session could not be made usable');
    handler.closed(await peer.closed);
  }
}

async function pause(round: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (round - 1));
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, longest * (0.5 + Math.random() / 2));
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
