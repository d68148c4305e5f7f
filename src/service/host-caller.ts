/** Which host asks, and of which ports it may know: those that are on it, or that nothing says are elsewhere. */
import type { FastifyRequest } from 'fastify';
import { errors } from '../errors/index.ts';
import { type Store, slices } from '../resources/index.ts';

/** Who asks: a host with a certificate of this name, or the one that shares the service's machine, which is trusted. */
export type HostCaller = { readonly chassis: string } | 'this machine';

/** On which chassis ports are, as OVN has it. */
export interface PortPlaces {
  /** The chassis that has the port bound; undefined when none has. */
  chassisOf(portId: string): string | undefined;
}

/** What the routes of the hosts' API ask of whoever serves it. */
export interface HostGate {
  callerOf(request: FastifyRequest): HostCaller;
  /** Of these ports those that the caller may know of. */
  permitted(caller: HostCaller, portIds: readonly string[]): Promise<ReadonlySet<string>>;
}

/** The gate for hosts that come by the socket of this machine. */
export const localGate: HostGate = {
  callerOf: () => 'this machine',
  permitted: async (_caller, portIds) => new Set(portIds),
};

/**
 * Of these ports those that a chassis may know of: what an administrator or a VIM says of where a port is counts before
 * what OVN found, as that is what hosts say themselves.
 */
export async function portsOf(
  chassis: string,
  portIds: readonly string[],
  { store, places }: { readonly store: Store; readonly places: PortPlaces },
): Promise<Set<string>> {
  const permitted = new Set<string>();
  for (const ids of slices([...new Set(portIds)])) {
    const rows = await store.read
      .selectFrom('ports')
      .select(['id', 'binding_host_id'])
      .where('id', 'in', ids)
      .execute();
    for (const { id, binding_host_id: host } of rows) {
      const place = places.chassisOf(id) ?? chassis;
      if (place === chassis && (host === '' || host === chassis)) permitted.add(id);
    }
  }
  return permitted;
}

/** @throws RequestError 403 when the caller may not know of the port */
export async function requirePort(gate: HostGate, request: FastifyRequest, portId: string): Promise<void> {
  const caller = gate.callerOf(request);
  if ((await gate.permitted(caller, [portId])).has(portId)) return;
  throw errors.hostToken.notTheHosts({ port: portId, host: nameOf(caller) });
}

/** What a caller is called in the log and in messages. */
export const nameOf = (caller: HostCaller): string => (caller === 'this machine' ? caller : caller.chassis);
