/**
 * One JSON-RPC 1.0 call on a unix socket of its own: enough to control an OVS daemon (its unixctl socket) and to
 * set a database up. Whoever talks to a database for longer uses the client.
 */
import { connect } from 'node:net';

/** The peer answered with an error. */
export class JsonRpcError extends Error {
  override readonly name = 'JsonRpcError';
}

/**
 * @returns the result that the peer sends
 * @throws JsonRpcError when it sends an error; a system error when nobody listens; the signal's reason
 */
export function jsonRpcCall(
  path: string,
  method: string,
  params: readonly unknown[],
  signal: AbortSignal,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, signal });
    let received = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(JSON.stringify({ id: 0, method, params })));
    socket.on('data', (text: string) => {
      received += text;
      const reply = parseReply(received);
      if (reply === undefined) return;
      socket.destroy();
      if (reply.error === null) resolve(reply.result);
      else reject(new JsonRpcError(`${method} on ${path}: ${describe(reply.error)}`));
    });
    socket.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    socket.on('close', () => reject(new JsonRpcError(`${method} on ${path}: closed without an answer`)));
  });
}

/**
 * Runs a transaction (RFC 7047 section 4.1.3) and returns its operations' results.
 * @throws JsonRpcError when the database refuses it
 */
export async function transactOnce(
  path: string,
  database: string,
  operations: readonly object[],
  signal: AbortSignal,
): Promise<Record<string, unknown>[]> {
  const results = (await jsonRpcCall(path, 'transact', [database, ...operations], signal)) as Record<
    string,
    unknown
  >[];
  const failed = results.find((result) => result !== null && 'error' in result);
  if (failed) throw new JsonRpcError(`transaction on ${database}: ${describe(failed)}`);
  return results;
}

/** The reply, or undefined as long as only its beginning has arrived: messages have no delimiter. */
function parseReply(text: string): { result: unknown; error: unknown } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describe(error: unknown): string {
  return typeof error === 'string' ? error.trim() : JSON.stringify(error);
}
