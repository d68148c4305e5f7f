/** Where servers listen. */
import { readFileSync } from 'node:fs';
import { connect, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { OvsdbError, RetryableError } from './errors.ts';

/** Where an OVSDB server listens, after ovsdb(7), "Connection Methods". */
export type Remote =
  | { readonly transport: 'unix'; readonly path: string }
  | { readonly transport: 'tcp' | 'ssl'; readonly host: string; readonly port: number };

/** PEM files for `ssl:` remotes, as the OVS tools name them. */
export interface TlsFiles {
  readonly privateKey: string;
  readonly certificate: string;
  readonly caCertificate: string;
}

/**
 * Reads a list of remotes: `unix:PATH`, `tcp:HOST:PORT`, `ssl:HOST:PORT`, separated by commas; an IPv6 address
 * stands in square brackets. The port defaults to 6640.
 *
 * @throws OvsdbError that names the part that is wrong
 */
export function parseRemotes(text: string): Remote[] {
  return text.split(',').map((part) => parseRemote(part.trim()));
}

function parseRemote(text: string): Remote {
  const wrong = (reason: string) =>
    new OvsdbError(
      `OVSDB remote "${text}": ${reason}; write unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT, IPv6 in brackets`,
    );
  const colon = text.indexOf(':');
  const transport = text.slice(0, colon);
  const rest = text.slice(colon + 1);
  if (transport === 'unix') {
    if (rest === '') throw wrong('the path is missing');
    return { transport, path: rest };
  }
  if (transport !== 'tcp' && transport !== 'ssl') throw wrong('unknown kind of remote');
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:[\]]+))(?::(?<port>\d{1,5}))?$/.exec(rest);
  if (!match?.groups) throw wrong('no host and port there');
  const { v6, name, port = '6640' } = match.groups;
  if (v6 !== undefined && !isIPv6(v6)) throw wrong(`${v6} is not an IPv6 address`);
  const number = Number(port);
  if (number < 1 || number > 65535) throw wrong(`${port} is not a port number`);
  return { transport, host: (v6 ?? name)!, port: number };
}

/** The remote as text that {@link parseRemotes} reads. */
export function formatRemote(remote: Remote): string {
  if (remote.transport === 'unix') return `unix:${remote.path}`;
  const host = remote.host.includes(':') ? `[${remote.host}]` : remote.host;
  return `${remote.transport}:${host}:${remote.port}`;
}

/**
 * Opens a stream to a remote. An OVS PKI vouches for certificates, not for host names, so the name in the
 * server's certificate is not compared.
 *
 * @throws RetryableError when nobody answers within `timeoutMs`
 */
export async function dial(remote: Remote, tls: TlsFiles | undefined, timeoutMs: number): Promise<Socket> {
  const socket = openSocket(remote, tls);
  const ready = remote.transport === 'ssl' ? 'secureConnect' : 'connect';
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  socket.once(ready, resolve);
  socket.once('error', reject);
  try {
    await promise;
    return socket;
  } catch (cause) {
    socket.destroy();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RetryableError(`cannot connect to ${formatRemote(remote)}: ${reason}`, { cause });
  } finally {
    clearTimeout(timer);
    socket.off(ready, resolve);
    socket.off('error', reject);
  }
}

function openSocket(remote: Remote, tls: TlsFiles | undefined): Socket {
  if (remote.transport === 'unix') return connect(remote.path);
  if (remote.transport === 'tcp') return connect({ host: remote.host, port: remote.port, noDelay: true });
  if (tls === undefined) {
    throw new OvsdbError(`${formatRemote(remote)} needs a private key, a certificate and a CA certificate`);
  }
  return connectTls({
    host: remote.host,
    port: remote.port,
    key: readFileSync(tls.privateKey),
    cert: readFileSync(tls.certificate),
    ca: readFileSync(tls.caCertificate),
    checkServerIdentity: () => undefined,
  }).setNoDelay(true);
}
