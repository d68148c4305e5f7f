/** What a prefix of a NAT64 has to be, wherever one is given. */
import { NAT64_LENGTHS, Prefix, reservedIn } from '../addressing/index.ts';
import { errors } from '../errors/index.ts';

/**
 * @param text null for none
 * @throws RequestError 400 that names the attribute
 */
export function checkNat64Prefix(attribute: string, text: string | null): void {
  if (text === null) return;
  const prefix = Prefix.parse(text);
  if (prefix.family !== 6 || !NAT64_LENGTHS.includes(prefix.length))
    throw errors.subnet.nat64Length({ attribute, prefix, lengths: NAT64_LENGTHS });
  if (prefix.network.isMulticast || prefix.network.isLinkLocal || reservedIn(prefix))
    throw errors.subnet.nat64NotUnicast({ attribute, prefix });
}
