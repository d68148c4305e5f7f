/**
 * Router advertisements that OVN cannot send (RFC 4861 section 6.2): several prefixes of different modes, DNS servers,
 * NAT64, lifetimes that end.
 *
 * Begin with `advertisement-service.ts`, which has the frames; `content.ts` says what is advertised and is pure.
 */
export { AdvertisementService } from './advertisement-service.ts';
