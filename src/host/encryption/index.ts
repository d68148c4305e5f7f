/**
 * Tunnels between hosts, encrypted by ESP (RFC 4303) in the kernel with keys of IKE (RFC 7296): each host shows its
 * certificate, and believes of each other one the authority that is that one's alone.
 *
 * In go the service's order, where hosts' tunnels end, and this host's certificate; out come a daemon of strongSwan's that
 * is told of every other host, and policies of the kernel's by which nothing of a tunnel passes unprotected.
 *
 * Begin with `ike-settings.ts`, what the daemon is told; `tunnel-encryption.ts` says when.
 */
export { isToEncrypt, rememberOrder } from './remembered-order.ts';
export {
  TunnelEncryption,
  type TunnelEncryptionOptions,
  type TunnelPlace,
  whyNotEncrypted,
} from './tunnel-encryption.ts';
