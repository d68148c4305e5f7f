/** Policies by which nothing of the tunnels between hosts passes unprotected. */
import type { Address } from '../addressing/index.ts';
import { TUNNEL_TRAFFIC } from '../packets/index.ts';
import { blockTraffic, hasXfrm, unblockTraffic } from './xfrm.ts';

/**
 * Has nothing pass by tunnels that is not protected, from and to the address on which they end, whoever it is with.
 * Doing it again changes nothing.
 * @param namespace network namespace in which they end; null is the process's own
 * @throws SystemCallError when the kernel has no IPsec
 */
export function blockTunnels(namespace: string | null, end: Address): void {
  blockTraffic(namespace, end, TUNNEL_TRAFFIC);
  // Those of an address on which they ended before.
  unblockTraffic(namespace, end);
}

/** Undoes it, where no tunnel ends any more, or they are to be as they were. */
export function unblockTunnels(namespace: string | null): void {
  if (hasXfrm(namespace)) unblockTraffic(namespace);
}
