/**
 * NAT64 (RFC 6146) on hosts that have routers' gateways: instances with IPv6 alone reach IPv4 by it.
 *
 * Begin with `translator.ts`, which has packets in and packets out and is tried by itself; `nat64-service.ts` has the
 * devices, `translator-thread.ts` the thread that all of it runs in.
 */
export type { SessionSource } from './kept-sessions.ts';
export { Nat64Service } from './nat64-service.ts';
export { RECORD_OCTETS } from './session-record.ts';
export type { SessionReader } from './translator-pool.ts';
