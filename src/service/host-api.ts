/**
 * What the service answers its hosts: on a unix socket the one on its own machine, and whoever can open that is trusted;
 * over TLS those on other machines, each known by its certificate, and told of its own ports alone. Instances never
 * reach it but through a host.
 */

import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { dirname } from 'node:path';
import type { TLSSocket } from 'node:tls';
import Fastify, { type FastifyInstance, type FastifyRequest, type FastifyServerFactory } from 'fastify';
import type { Logger } from 'pino';
import type { SecurityGroupLog } from '../engine/index.ts';
import { errors, RequestError } from '../errors/index.ts';
import { type Encryption, HOST_API } from '../host-contract/index.ts';
import { openListener } from '../linux/index.ts';
import { type Authority, type CertificateFacts, readCertificate } from '../pki/index.ts';
import { type Settings, type Store, standingOf, takeCertificate } from '../resources/index.ts';
import { StoreFullError } from '../store/index.ts';
import { addAnycastHealth } from './anycast-health.ts';
import { addBgp } from './bgp.ts';
import { addHostAuthorities } from './host-authorities.ts';
import { type HostGate, localGate, nameOf, type PortPlaces, portsOf } from './host-caller.ts';
import type { HostDoor } from './host-door.ts';
import { addEncryption } from './host-encryption.ts';
import { addJoining } from './host-joining.ts';
import { addHostMetrics, type HostMetrics } from './host-metrics.ts';
import { addRenewal } from './host-renewal.ts';
import { addMetadataRoutes } from './metadata-api.ts';
import { addPacketLog } from './packet-log.ts';
import { addPastGuard } from './past-guard.ts';
import { addPrefixDelegations } from './prefix-delegations.ts';
import { addTakenAddresses } from './taken-addresses.ts';
import { addUpstreamRouters } from './upstream-routers.ts';

export interface HostApiOptions {
  readonly store: Store;
  readonly settings: Settings;
  /** Where what hosts count is kept. */
  readonly hostMetrics: HostMetrics;
  readonly log: Logger;
}

/** How the host on this machine is answered. */
export interface LocalHostOptions extends HostApiOptions {
  /** Path of the unix socket; one that is left of a dead process is replaced. */
  readonly socket: string;
  /** Its chassis, where there are others. */
  readonly chassis?: string | undefined;
}

/** Starts answering the host on this machine. `close` of the result ends it. */
export async function startHostApi({
  socket,
  chassis,
  ...options
}: LocalHostOptions): Promise<FastifyInstance> {
  const api = build(options, localGate({ store: options.store, chassis }));
  mkdirSync(dirname(socket), { recursive: true });
  rmSync(socket, { force: true });
  await api.listen({ path: socket });
  chmodSync(socket, 0o600);
  return api;
}

/** How hosts on other machines are answered. */
export interface RemoteHostsOptions extends HostApiOptions {
  readonly address: string;
  readonly port: number;
  /** Network namespace in which they are listened for; null is the machine's. */
  readonly namespace: string | null;
  readonly door: HostDoor;
  readonly places: PortPlaces;
  /** Where what their security groups decide is written. */
  readonly packets: Pick<SecurityGroupLog, 'take'>;
  readonly southboundPort: number;
  /** Of their tunnels. */
  readonly encryption: Encryption;
}

/** Starts answering hosts on other machines. `close` of the result ends it. */
export async function startRemoteHostApi(options: RemoteHostsOptions): Promise<FastifyInstance> {
  const { address, port, namespace, door, store, places } = options;
  const tls = {
    ...secretsOf(door.authority),
    requestCert: true,
    // Who joins has none yet; the others are asked for theirs below.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
  } as const;
  const certificates = new WeakMap<object, CertificateFacts>();
  const certificateOf = (request: object): CertificateFacts => certificates.get(request) ?? refuse();
  const gate: HostGate = {
    callerOf: (request) => ({ chassis: certificateOf(request).name }),
    permitted: async (caller, portIds, role) =>
      caller === 'this machine' ? new Set() : portsOf(caller.chassis, portIds, { store, places, role }),
  };
  const servers: Server[] = [];
  const api = build(options, gate, (handler) => {
    const server = createServer(tls, handler);
    servers.push(server);
    return server;
  });
  const unfollow = door.onChange(() => {
    for (const server of servers) server.setSecureContext({ ...tls, ...secretsOf(door.authority) });
  });
  api.addHook('onRequest', async (request) => {
    if (OPEN_PATHS.has(request.url)) return;
    certificates.set(request, await acceptedCertificate(request, store));
  });
  addJoining(api, options);
  addPacketLog(api, { packets: options.packets, gate });
  addRenewal(api, options, certificateOf);
  addEncryption(api, options);
  addHostAuthorities(api, door);
  // It listens on a socket that was opened elsewhere, of which Fastify does not know.
  api.addHook('onClose', async () => {
    unfollow();
    api.server.close();
    api.server.closeAllConnections();
  });
  await api.ready();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  api.server.once('error', reject);
  api.server.listen({ fd: openListener(namespace, address, port) }, resolve);
  await promise;
  return api;
}

/** With what the service shows itself, and whom it believes. */
const secretsOf = ({ files, trusted }: Authority) => ({
  key: readFileSync(files.privateKey),
  cert: readFileSync(files.certificate),
  ca: trusted,
});

/** What is answered to whoever has no certificate. */
const OPEN_PATHS: ReadonlySet<string> = new Set([HOST_API.authority, HOST_API.join]);

function refuse(): never {
  throw errors.hostToken.noCertificate();
}

/** @throws RequestError 401 without a certificate that counts */
async function acceptedCertificate({ raw }: FastifyRequest, store: Store): Promise<CertificateFacts> {
  const socket = raw.socket as TLSSocket;
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return refuse();
  const facts = readCertificate(certificate.toString());
  const shown = { chassis: facts.name, serial: facts.serial };
  const standing = await standingOf(store.read, shown);
  if (standing === 'none') return refuse();
  if (standing === 'new') await store.transaction(async (tx) => takeCertificate(tx, shown, facts.until));
  return facts;
}

function build(
  { store, settings, hostMetrics, log }: HostApiOptions,
  gate: HostGate,
  serverFactory?: FastifyServerFactory,
): FastifyInstance {
  const api = Fastify({ logger: false, ...(serverFactory && { serverFactory }) });
  api.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) => {
    const status = error instanceof RequestError ? error.status : (error.statusCode ?? 500);
    // The store tells by itself that it is full; hosts ask again.
    if (status >= 500 && !(error instanceof StoreFullError))
      log.error({ err: error, url: request.url }, 'a request of a host failed');
    return reply.status(status).send({ message: error.message });
  });
  api.get(HOST_API.self, async (request) => ({ host: nameOf(gate.callerOf(request)) }));
  addAnycastHealth(api, store, gate);
  addTakenAddresses(api, store, gate);
  addPastGuard(api, store, gate);
  addUpstreamRouters(api, store, gate);
  addPrefixDelegations(api, store, gate);
  addBgp(api, { store, settings, gate, log });
  addMetadataRoutes(api, store, gate);
  addHostMetrics(api, { hosts: hostMetrics, store, gate });
  return api;
}
