/**
 * The Reconfigure message, and its authentication (RFC 8415 sections 18.3.11 and 20.4): the client has the key from an
 * earlier answer, and nobody else on the link saw that. Pure.
 */
import { createHmac } from 'node:crypto';
import { DHCPV6_TYPE, type Dhcpv6Message, type Dhcpv6Option, encodeDhcpv6 } from '../../../packets/index.ts';

/** The Reconfigure Key Authentication Protocol, HMAC-MD5, a counter that grows (section 20.4.1). */
const RECONFIGURE_KEY = { protocol: 3, algorithm: 1, method: 0 } as const;
/** What the authentication information is (section 20.4.1). */
const INFORMATION = { key: 1, digest: 2 } as const;

/** Octets of a key, and of a digest. */
export const KEY_OCTETS = 16;

/** With what the client is to answer. */
export type ReconfigureBy = 'renew' | 'information-request';

const authentication = (kind: keyof typeof INFORMATION, value: Uint8Array, replay: bigint): Dhcpv6Option => ({
  kind: 'authentication',
  ...RECONFIGURE_KEY,
  replay,
  information: Uint8Array.of(INFORMATION[kind], ...value),
});

/** The option by which a client gets its key. */
export const keyOption = (key: Uint8Array, replay: bigint): Dhcpv6Option =>
  authentication('key', key, replay);

/**
 * Tells a client to ask anew.
 * @param replay greater than in all that the client has got so far
 */
export function reconfigureMessage(
  { client, server, by }: { client: Uint8Array; server: Uint8Array; by: ReconfigureBy },
  key: Uint8Array,
  replay: bigint,
): Dhcpv6Message {
  const signed = (digest: Uint8Array): Dhcpv6Message => ({
    type: 'reconfigure',
    transaction: 0,
    options: [
      { kind: 'client-id', duid: client },
      { kind: 'server-id', duid: server },
      { kind: 'reconfigure-message', message: DHCPV6_TYPE[by] },
      authentication('digest', digest, replay),
    ],
  });
  const unsigned = encodeDhcpv6(signed(new Uint8Array(KEY_OCTETS)));
  return signed(createHmac('md5', key).update(unsigned).digest());
}
