/** Who knows what instances are told: Sextant's own service, or Nova's metadata API. */
import { createHmac } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Address } from '../../../addressing/index.ts';
import { HOST_API, PORT_HEADER } from '../../../host-contract/index.ts';
import type { KnownPort } from '../../facts/index.ts';
import type { ServerChannel } from '../../server-channel.ts';

export interface MetadataAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

export interface MetadataUpstream {
  /**
   * @param port of the instance that asks
   * @param from its address
   * @param path that it asks for, judged already
   * @throws Error when there is no answer
   */
  ask(port: KnownPort, from: Address, path: string): Promise<MetadataAnswer>;
}

const PLAIN = 'text/plain; charset=utf-8';

/** Sextant's own service. */
export const ownUpstream = (server: ServerChannel): MetadataUpstream => ({
  async ask(port, _from, path) {
    const { status, headers, body } = await server.request({
      method: 'GET',
      path: `${HOST_API.metadata}${path}`,
      headers: { [PORT_HEADER]: port.id },
    });
    return { status, type: String(headers['content-type'] ?? PLAIN), body };
  },
});

export interface NovaOptions {
  /** Of Nova's metadata API: `http://[2001:db8::8]:8775`. */
  readonly url: string;
  /** `metadata_proxy_shared_secret` in Nova's configuration. */
  readonly secret: string;
}

const PATIENCE_MS = 15_000;
const MAX_ANSWER = 2 * 1024 * 1024;
const MAX_SOCKETS = 32;

/**
 * Nova's metadata API, asked as its proxies ask: it finds the instance by headers, which are signed with a secret
 * that both know.
 */
export function novaUpstream({ url, secret }: NovaOptions): MetadataUpstream {
  const base = url.replace(/\/+$/, '');
  const isTls = base.startsWith('https:');
  const request = isTls ? httpsRequest : httpRequest;
  const agent = isTls
    ? new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS })
    : new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  return {
    ask({ facts }, from, path) {
      if (facts.deviceId === '') return Promise.resolve(nobody);
      const headers = novaHeaders(facts, from, secret);
      const { promise, resolve, reject } = Promise.withResolvers<MetadataAnswer>();
      const signal = AbortSignal.timeout(PATIENCE_MS);
      request(`${base}${path}`, { agent, headers, signal }, (answer) => read(answer).then(resolve, reject))
        .on('error', reject)
        .end();
      return promise;
    },
  };
}

const nobody: MetadataAnswer = {
  status: 404,
  type: PLAIN,
  body: Buffer.from('This port belongs to no instance.\n'),
};

/** The headers by which Nova knows whose request it is. */
export function novaHeaders(
  { deviceId, projectId }: Pick<KnownPort['facts'], 'deviceId' | 'projectId'>,
  from: Address,
  secret: string,
): Record<string, string> {
  return {
    'X-Forwarded-For': from.toString(),
    'X-Instance-ID': deviceId,
    'X-Tenant-ID': projectId,
    'X-Instance-ID-Signature': createHmac('sha256', secret).update(deviceId).digest('hex'),
  };
}

async function read(answer: IncomingMessage): Promise<MetadataAnswer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_ANSWER) throw new Error(`the answer has more than ${MAX_ANSWER} octets`);
    parts.push(part);
  }
  return {
    status: answer.statusCode ?? 502,
    type: answer.headers['content-type'] ?? PLAIN,
    body: Buffer.concat(parts),
  };
}
