/** A request to a service of a cloud, by a session: where that has run out, it logs in anew, once. */
import { errorOfAnswer } from './error.ts';
import type { Session } from './session.ts';
import type { HttpAnswer, HttpRequest, Transport } from './transport.ts';
import { readWebUrl } from './web-url.ts';

/** What is asked. */
export interface ServiceRequest {
  readonly method: HttpRequest['method'];
  /** From the service's root, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** JSON text. */
  readonly body?: string | undefined;
}

/**
 * Asks, and gives an answer that is a success.
 * @throws NeutronApiError for any other, and NoAnswerError
 */
export async function askService(
  transport: Transport,
  session: Session,
  { method, path, headers, body }: ServiceRequest,
): Promise<HttpAnswer> {
  let renew = false;
  for (;;) {
    const access = await session.access(renew);
    const where = readWebUrl(access.endpoint + path);
    const answer = await transport.send({
      method,
      ...where,
      headers: { ...access.headers, ...headers },
      body,
    });
    if (answer.status === 401 && session.renewable && !renew) {
      renew = true;
      continue;
    }
    // Who leads elsewhere has done nothing.
    if (answer.status >= 300) throw errorOfAnswer(`${method} ${path}`, answer.status, answer.body);
    return answer;
  }
}
