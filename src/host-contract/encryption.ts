/** Whether what hosts send each other is encrypted, as the service tells its hosts. */

/** `ipsec`: by ESP (RFC 4303) between the addresses on which tunnels end. */
export type Encryption = 'none' | 'ipsec';

/** A host, and the authority that signs its certificates: by it the others know the host. */
export interface HostAuthority {
  readonly host: string;
  /** In PEM. */
  readonly certificate: string;
}

/** What a host is to do, and whom it is to believe. */
export interface EncryptionOrder {
  readonly encryption: Encryption;
  readonly authorities: readonly HostAuthority[];
}

/** What a host that can have its tunnels encrypted says of that; another one says why it cannot. */
export const CAN_ENCRYPT = 'yes';
/** Longest reason, in characters. */
export const LONGEST_ENCRYPTION_REASON = 255;
