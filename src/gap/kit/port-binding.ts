/** Ports are bound to a host before they are plugged in there, as a compute service does it. */
import type { NeutronClient } from '../../client/index.ts';
import { UntriableError } from './untriable-error.ts';

/**
 * Binds a port, and gives the details of how it is to be plugged in.
 * @param pluggable the way that is known here, as the API calls it
 * @throws UntriableError when it is to be another
 */
export async function bindPort(
  admin: NeutronClient,
  portId: string,
  host: string,
  pluggable: string,
): Promise<Readonly<Record<string, unknown>> | null> {
  const bound = await admin.update('port', portId, { 'binding:host_id': host });
  const { 'binding:vif_type': type, 'binding:vif_details': details } = bound;
  if (type !== pluggable) {
    const { reason } = details ?? {};
    const why = typeof reason === 'string' ? reason : 'these cannot be plugged in here';
    throw new UntriableError(`Ports on host ${host} have the vif_type ${type}: ${why}.`);
  }
  return details;
}
