/** A proxy before an API that answers some requests itself, or not at all. */
import http from 'node:http';
import type { TestContext } from 'node:test';
import { type Answer, listen, type Received } from './http-server.ts';

/**
 * `pass` has the API answer; `hang` nobody, with the connection open; `cut` ends that; with `lose` the API does what it is
 * asked, and its answer is lost.
 */
export type Verdict = 'pass' | 'hang' | 'cut' | 'lose' | Answer;

/** Starts it until the test ends; gives its URL. */
export async function startProxy(
  t: TestContext,
  endpoint: string,
  decide: (received: Omit<Received, 'headers'> & { readonly host: string | undefined }) => Verdict,
): Promise<string> {
  const agent = new http.Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { method = '', url = '', headers } = request;
    const verdict = decide({
      method,
      url,
      host: headers.host,
      body: body.length === 0 ? undefined : JSON.parse(`${body}`),
    });
    if (verdict === 'hang') return;
    if (verdict === 'cut') {
      request.socket.destroy();
      return;
    }
    if (verdict !== 'pass' && verdict !== 'lose') {
      const [status, answer] = verdict;
      response.writeHead(status).end(JSON.stringify(answer));
      return;
    }
    const passed = http.request(new URL(url, endpoint), { method, headers, agent }, (answer) => {
      if (verdict === 'lose') {
        answer.resume();
        request.socket.destroy();
        return;
      }
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    passed.end(body);
  });
  return listen(t, server);
}
