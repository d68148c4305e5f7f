/** How errors are answered: Neutron's body. */
import { RequestError } from '../resources/errors.ts';

export interface ErrorAnswer {
  readonly status: number;
  readonly body: { NeutronError: { type: string; message: string; detail: string } };
}

const answer = (status: number, type: string, message: string, detail = ''): ErrorAnswer => ({
  status,
  body: { NeutronError: { type, message, detail } },
});

/** What the HTTP server itself refuses, in Neutron's words. */
const serverErrors: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'Request body is too large: send it in several requests.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'Unsupported Content-Type: send application/json.',
};

/** @returns the answer to an error, or undefined for one that is our own fault and must be logged */
export function answerTo(error: unknown): ErrorAnswer | undefined {
  if (error instanceof RequestError) return answer(error.status, error.type, error.message, error.detail);
  if (!(error instanceof Error)) return undefined;
  const { statusCode, code } = error as Error & { statusCode?: number; code?: string };
  if (statusCode === undefined || statusCode >= 500) return undefined;
  return answer(statusCode, 'HTTPBadRequest', serverErrors[code ?? ''] ?? error.message);
}

/** The answer to our own faults: details are in the log. */
export const internalError: ErrorAnswer = answer(
  500,
  'HTTPInternalServerError',
  'Request Failed: internal server error while processing your request. The server log says more.',
);
