/** Which host asks, and of which ports it may know: those that are on it, or that nothing says are elsewhere. */
import type { FastifyRequest } from 'fastify';
import { errors } from '../errors/index.ts';
import { isHardware, type Store, slices } from '../resources/index.ts';

/** Who asks: a host with a certificate of this name, or the one that shares the service's machine, which is trusted. */
export type HostCaller = { readonly chassis: string } | 'this machine';

/** On which chassis ports are, as OVN has it. */
export interface PortPlaces {
  /** The chassis that has the port bound; undefined when none has. */
  chassisOf(portId: string): string | undefined;
}

/**
 * What a host has to do with a port: `host` it while its instance is there or may move there; `speak` for its instance
 * where that is.
 */
export type HostRole = 'host' | 'speak';

/** What the routes of the hosts' API ask of whoever serves it. */
export interface HostGate {
  callerOf(request: FastifyRequest): HostCaller;
  /** Of these ports those that the caller may have to do with. */
  permitted(caller: HostCaller, portIds: readonly string[], role: HostRole): Promise<ReadonlySet<string>>;
}

/** Of the host on this machine. */
export interface LocalPlace {
  readonly store: Store;
  /** Its chassis; left out, it is the only one that comes here. */
  readonly chassis?: string | undefined;
}

/** The gate for the host that comes by the socket of this machine: it is trusted, but does not speak for others. */
export const localGate = ({ store, chassis }: LocalPlace): HostGate => ({
  callerOf: () => 'this machine',
  async permitted(_caller, portIds, role) {
    if (role === 'host' || chassis === undefined) return new Set(portIds);
    const names = await namesOf(store, chassis);
    const elsewhere = new Set<string>();
    for (const { id, host } of await boundHosts(store, portIds))
      if (host !== '' && !names.has(host)) elsewhere.add(id);
    return new Set(portIds).difference(elsewhere);
  },
});

/** What a host may be called in `binding:host_id`. */
async function namesOf(store: Store, chassis: string): Promise<ReadonlySet<string>> {
  const rows = await store.read.selectFrom('agents').select('host').where('chassis', '=', chassis).execute();
  return new Set([chassis, ...rows.map(({ host }) => host)]);
}

/** The hosts that ports are bound to; empty for none. */
async function boundHosts(
  store: Store,
  portIds: readonly string[],
): Promise<{ readonly id: string; readonly host: string }[]> {
  const found: { id: string; host: string }[] = [];
  for (const ids of slices([...new Set(portIds)])) {
    found.push(
      ...(await store.read
        .selectFrom('ports')
        .select(['id', 'binding_host_id as host'])
        .where('id', 'in', ids)
        .execute()),
    );
  }
  return found;
}

/**
 * Of these ports those that a chassis may have to do with: what an administrator or a VIM says of where a port is counts
 * before what OVN found, as that is what hosts say themselves. Hardware ports are those' that may serve their network's.
 */
export async function portsOf(
  chassis: string,
  portIds: readonly string[],
  { store, places, role }: { readonly store: Store; readonly places: PortPlaces; readonly role: HostRole },
): Promise<Set<string>> {
  const permitted = new Set<string>();
  for (const { id, host } of await boundHosts(store, portIds)) {
    const place = host === '' ? (places.chassisOf(id) ?? chassis) : host;
    if (place === chassis) permitted.add(id);
  }
  for (const id of await servedPorts(store, chassis, portIds)) permitted.add(id);
  if (role === 'speak') return permitted;
  const others = new Set(portIds).difference(permitted);
  for (const ids of slices([...others])) {
    const rows = await store.read
      .selectFrom('port_bindings')
      .select('port_id')
      .where('host', '=', chassis)
      .where('port_id', 'in', ids)
      .execute();
    for (const { port_id } of rows) permitted.add(port_id);
  }
  return permitted;
}

/** Of these ports the hardware that a chassis may serve. */
async function servedPorts(store: Store, chassis: string, portIds: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const ids of slices([...new Set(portIds)])) {
    const rows = await store.read
      .selectFrom('ports')
      .innerJoin('serving_hosts', 'serving_hosts.network_id', 'ports.network_id')
      .select(['ports.id', 'binding_vnic_type', 'binding_profile'])
      .where('chassis', '=', chassis)
      .where('ports.id', 'in', ids)
      .execute();
    for (const { id, binding_vnic_type, binding_profile } of rows) {
      const plugged = {
        'binding:vnic_type': binding_vnic_type,
        'binding:profile': JSON.parse(binding_profile),
      };
      if (isHardware(plugged)) found.push(id);
    }
  }
  return found;
}

/** @throws RequestError 403 when the caller may not have that to do with the port */
export async function requirePort(
  gate: HostGate,
  request: FastifyRequest,
  portId: string,
  role: HostRole,
): Promise<void> {
  const caller = gate.callerOf(request);
  if ((await gate.permitted(caller, [portId], role)).has(portId)) return;
  throw errors.hostToken.notTheHosts({ port: portId, host: nameOf(caller) });
}

/** What a caller is called in the log and in messages. */
export const nameOf = (caller: HostCaller): string => (caller === 'this machine' ? caller : caller.chassis);
