/** An answer of the API that is no success: Neutron's error body, or what a proxy in between put in its place. */
export class NeutronApiError extends Error {
  override readonly name = 'NeutronApiError';
  /** HTTP status code. */
  readonly status: number;
  /** Neutron's exception name, for instance `IpAddressInUse`; `HTTP502` and such when there is no Neutron body. */
  readonly type: string;
  readonly detail: string;
  /** What was asked: `POST /v2.0/ports`. */
  readonly request: string;

  constructor(request: string, status: number, type: string, message: string, detail = '') {
    super(message);
    this.request = request;
    this.status = status;
    this.type = type;
    this.detail = detail;
  }
}

/** No answer came: nobody listens, the name does not resolve, TLS failed, time ran out. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/**
 * The error that an answer with a status of 400 or more means. Neutron's body is
 * `{"NeutronError": {"type", "message", "detail"}}`; Keystone and its middleware say `{"error": {"title", "message"}}`, Nova
 * `{"badRequest": {"message"}}` and the like.
 */
export function errorOfAnswer(request: string, status: number, body: string): NeutronApiError {
  const answer = jsonOrUndefined(body);
  const { NeutronError: neutron, error: keystone } = isRecord(answer) ? answer : {};
  if (typeof neutron === 'string') return new NeutronApiError(request, status, `HTTP${status}`, neutron);
  if (isRecord(neutron)) {
    return new NeutronApiError(
      request,
      status,
      textOr(neutron.type, `HTTP${status}`),
      textOr(neutron.message, 'No message.'),
      textOr(neutron.detail, ''),
    );
  }
  if (isRecord(keystone)) {
    return new NeutronApiError(
      request,
      status,
      textOr(keystone.title, `HTTP${status}`),
      textOr(keystone.message, 'No message.'),
    );
  }
  const nova = isRecord(answer) ? Object.entries(answer) : [];
  if (nova.length === 1 && isRecord(nova[0]![1]) && 'message' in nova[0]![1]) {
    const [name, { message }] = nova[0] as [string, Record<string, unknown>];
    return new NeutronApiError(request, status, name, textOr(message, 'No message.'));
  }
  const excerpt = body.trim().slice(0, 200);
  return new NeutronApiError(
    request,
    status,
    `HTTP${status}`,
    excerpt === '' ? `${request} was answered with status ${status} and no body.` : excerpt,
  );
}

/** The value of a JSON text, or undefined when it is none. */
export function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textOr = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && value !== '' ? value : otherwise;
