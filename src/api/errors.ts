/** How errors are answered: Neutron's body, also for what the HTTP server itself refuses. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { errors, RequestError } from '../errors/index.ts';
import { brokenKey, StoreFullError, StoreUnavailableError } from '../store/index.ts';

/** The body that Neutron's clients look into. */
export interface ErrorBody {
  readonly NeutronError: { readonly type: string; readonly message: string; readonly detail: string };
}

/** Longest item of a path: tags have 255 characters. */
export const MAX_PATH_ITEM = 300;

export const errorBody = ({ type, message }: RequestError): ErrorBody => ({
  NeutronError: { type, message, detail: '' },
});

/** The body that Keystone's clients look into. */
export const keystoneBody = ({ status, message }: RequestError): object => ({
  error: { code: status, title: STATUS_CODES[status] ?? '', message },
});

/** What the HTTP server refuses, by its codes. */
const serverErrors: Readonly<Record<string, (url: string) => RequestError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => errors.http.bodyTooLarge(),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => errors.http.contentLength(),
  FST_ERR_BAD_URL: (url) => errors.http.malformedPath({ path: url.split('?')[0] ?? '' }),
  FST_ERR_MAX_PARAM_LENGTH: () => errors.http.pathTooLong({ maximum: MAX_PATH_ITEM }),
};

/**
 * @param url of the request
 * @returns the error to answer with, or undefined for one that is our own fault and must be logged
 */
export function refusalFor(error: unknown, url: string): RequestError | undefined {
  if (error instanceof RequestError) return error;
  if (error instanceof StoreUnavailableError) return errors.http.storeAway();
  if (error instanceof StoreFullError) return errors.http.storeFull();
  if (!(error instanceof Error)) return undefined;
  const table = brokenKey(error);
  if (table !== undefined) return errors.request.metAnother({ table: table || 'the database' });
  const { statusCode, code = '' } = error as Error & { statusCode?: number; code?: string };
  if (statusCode === undefined || statusCode >= 500) return undefined;
  return serverErrors[code]?.(url) ?? errors.http.unreadable({ reason: error.message });
}

/** What Node's HTTP parser refuses, by its codes: there is no request yet. */
const parserErrors: Readonly<Record<string, () => RequestError>> = {
  HPE_HEADER_OVERFLOW: errors.http.headersTooLarge,
  ERR_HTTP_REQUEST_TIMEOUT: errors.http.timeout,
};

/** Answers on a connection whose request could not be read, and ends it. */
export function refuseConnection({ code = '' }: Error & { code?: string }, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const refusal = (parserErrors[code] ?? errors.http.malformed)();
  const body = JSON.stringify(errorBody(refusal));
  socket.write(
    [
      `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
  socket.destroySoon();
}
