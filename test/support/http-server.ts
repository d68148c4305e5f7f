/** HTTP servers that answer as a test tells them. */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface Received {
  method: string;
  url: string;
  headers: http.IncomingHttpHeaders;
  body: unknown;
}

/** What a server answers; a body is sent as JSON unless it is a text. */
export type Answer = [status: number, body?: unknown, headers?: Record<string, string>];

/** A server that answers as told and keeps what it received. */
export async function serve(
  t: TestContext,
  answer: (received: Received) => Answer | Promise<Answer>,
): Promise<{ endpoint: string; received: Received[]; connections: () => number }> {
  const received: Received[] = [];
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const one = {
      method: request.method!,
      url: request.url!,
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    received.push(one);
    const [status, body, headers] = await answer(one);
    response.writeHead(status, headers);
    response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
  });
  let connections = 0;
  server.on('connection', () => connections++);
  return { endpoint: await listen(t, server), received, connections: () => connections };
}

/** Starts a server until the test ends; gives its URL. */
export async function listen(t: TestContext, server: http.Server): Promise<string> {
  server.listen(0, '::1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://[::1]:${(server.address() as AddressInfo).port}`;
}
