/** Policies by which nothing of the tunnels between hosts passes unprotected. */
import { hash } from 'node:crypto';
import type { Address } from '../addressing/index.ts';
import { TUNNEL_TRAFFIC } from '../packets/index.ts';
import { blockTraffic, hasXfrm, removeKeys, removeProtection, unblockTraffic } from './xfrm.ts';

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

/** Has what is not protected pass again; what is protected stays so. */
export function admitTunnels(namespace: string | null): void {
  if (hasXfrm(namespace)) unblockTraffic(namespace);
}

/** Undoes it, and takes away what protected tunnels, where none ends any more, or they are to be as they were. */
export function unblockTunnels(namespace: string | null): void {
  if (!hasXfrm(namespace)) return;
  removeProtection(namespace, isOfTunnels);
  removeKeys(namespace, isOfTunnels);
  unblockTraffic(namespace);
}

/** Beyond those that daemons give by themselves, which begin with 1. */
const FIRST_REQUEST = 0x4000_0000;
const isOfTunnels = (id: number): boolean => id >= FIRST_REQUEST;

/**
 * The request id by which the kernel finds the keys for a kind of traffic with another host: the same whenever it is asked
 * for, and none that others have.
 */
export const tunnelRequestId = (connection: string, traffic: string): number =>
  FIRST_REQUEST |
  (Number.parseInt(hash('sha256', `${connection} ${traffic}`).slice(0, 8), 16) & (FIRST_REQUEST - 1));
