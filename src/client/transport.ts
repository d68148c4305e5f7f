/**
 * HTTP for the API's client: node:http with connections kept alive. Not `fetch`: that costs four times the CPU a
 * request, which the benchmarks would measure, and takes no certificate authority of a cloud's own.
 */
import http from 'node:http';
import https from 'node:https';
import { checkServerIdentity } from 'node:tls';
import { NoAnswerError } from './error.ts';
import { originWithZone, type WebUrl } from './web-url.ts';

/** TLS of a cloud: PEM texts, and whether the server's certificate must be valid. */
export interface TlsOptions {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly verify?: boolean | undefined;
}

export interface HttpRequest extends WebUrl {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  headers: Readonly<Record<string, string>>;
  /** JSON text. */
  body?: string | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** One request and what came of it, for `--debug` and the like. */
export interface Exchange {
  request: HttpRequest;
  answer: HttpAnswer;
  milliseconds: number;
}

/** Milliseconds; a function is asked at each request, where what is right is found out on the way. */
export type Timeout = number | (() => number);

export interface TransportOptions {
  readonly tls?: TlsOptions | undefined;
  /** Time from sending to the answer's last byte; ten minutes when left out. */
  readonly timeoutMs?: Timeout | undefined;
  /** Of the body of an answer; 256 MiB when left out. */
  readonly mostOctets?: number | undefined;
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
}

/**
 * Connections are given up some time before the server says that it closes them: one that is taken into use at that
 * moment breaks, and what changes something cannot be sent again.
 */
const KEPT = { keepAlive: true, agentKeepAliveTimeoutBuffer: 3_000 };

const NO_CONTENT = 204;

const DEFAULT_TIMEOUT_MS = 600_000;
/** Lists of a large cloud fit in, and it fits into a string. */
const DEFAULT_MOST_OCTETS = 256 * 1024 * 1024;
/** Of the usual time, how much is given to a server that has just let all of it pass. */
const AFTER_SILENCE = 1 / 20;

/** Sends requests over connections that stay open until `close`. */
export class Transport {
  readonly #http = new http.Agent(KEPT);
  readonly #https: https.Agent;
  readonly #timeoutMs: () => number;
  readonly #mostOctets: number;
  /** Whether the last request ran out of time: another is not waited for as long, until there is an answer. */
  #silent = false;
  readonly #onExchange: ((exchange: Exchange) => void) | undefined;

  constructor(options: TransportOptions = {}) {
    const { ca, cert, key, verify } = options.tls ?? {};
    this.#https = new https.Agent({ ...KEPT, ca, cert, key, rejectUnauthorized: verify ?? true });
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    this.#timeoutMs = typeof timeoutMs === 'number' ? () => timeoutMs : timeoutMs;
    this.#mostOctets = options.mostOctets ?? DEFAULT_MOST_OCTETS;
    this.#onExchange = options.onExchange;
  }

  /**
   * Resolves with any status.
   * @throws NoAnswerError when no complete answer came
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const started = performance.now();
    const answer = await this.#sendOnce(request, true);
    this.#onExchange?.({ request, answer, milliseconds: performance.now() - started });
    return answer;
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #sendOnce(request: HttpRequest, mayRetry: boolean): Promise<HttpAnswer> {
    const { method, url, body } = request;
    const secure = url.protocol === 'https:';
    const headers: http.OutgoingHttpHeaders = {
      ...request.headers,
      accept: 'application/json',
      host: url.host,
    };
    if (body !== undefined) {
      headers['content-type'] = 'application/json';
      headers['content-length'] = Buffer.byteLength(body);
    }
    const timeoutMs = this.#timeoutMs() * (this.#silent ? AFTER_SILENCE : 1);
    return new Promise((resolve, reject) => {
      const sent = (secure ? https : http).request(url, {
        ...hostOf(request),
        method,
        headers,
        agent: secure ? this.#https : this.#http,
        signal: AbortSignal.timeout(timeoutMs),
      });
      const fail = (error: HttpFailure) => {
        // The server closed an idle connection just as it was taken into use. Only a read can be sent again
        // without the risk of doing a thing twice.
        if (mayRetry && method === 'GET' && sent.reusedSocket && error.code === 'ECONNRESET') {
          resolve(this.#sendOnce(request, false));
        } else {
          if (isTimeout(error)) this.#silent = true;
          reject(noAnswer(request, error, timeoutMs));
        }
      };
      sent.on('error', fail);
      sent.on('response', (response) => {
        this.#silent = false;
        // It has no body (RFC 9110 section 15.3.5). uWSGI ends one all the same, which is an error of the connection.
        if (response.statusCode === NO_CONTENT)
          resolve({ status: NO_CONTENT, headers: response.headers, body: '' });
        const chunks: Buffer[] = [];
        let octets = 0;
        response.on('data', (chunk: Buffer) => {
          octets += chunk.length;
          if (octets <= this.#mostOctets) chunks.push(chunk);
          else response.destroy(new Error(`it has more than ${this.#mostOctets} octets`));
        });
        response.on('error', fail);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          });
        });
      });
      sent.end(body);
    });
  }
}

/** An error of node:http. */
type HttpFailure = Error & { code?: string };

/** What a clock that is off makes of a good certificate. */
const CLOCK_CODES: readonly string[] = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];

const isTimeout = ({ code }: HttpFailure): boolean => code === 'ABORT_ERR';

function noAnswer(request: HttpRequest, error: HttpFailure, timeoutMs: number): NoAnswerError {
  const what = `${request.method} ${originWithZone(request)}${request.url.pathname} got no answer`;
  if (isTimeout(error)) return new NoAnswerError(`${what} within ${timeoutMs / 1000} s.`, { cause: error });
  if (error.code === 'ECONNREFUSED')
    return new NoAnswerError(`${what}: nobody listens there. Is the server running?`, { cause: error });
  const clock = CLOCK_CODES.includes(error.code ?? '') ? ` Here it is ${new Date().toISOString()}.` : '';
  return new NoAnswerError(`${what}: ${error.message || error.code}.${clock}`, { cause: error });
}

/**
 * How an address with a zone is reached. The zone is for this machine alone: neither the Host field nor the server's
 * certificate has it (RFC 6874).
 */
function hostOf({ url, zone }: WebUrl): https.RequestOptions {
  if (zone === undefined) return {};
  const address = url.hostname.slice(1, -1);
  return {
    hostname: `${address}%${zone}`,
    checkServerIdentity: (_, certificate) => checkServerIdentity(address, certificate),
  };
}
