/** What a server sends to a client: the frame of a DHCPv6 message. Pure. */
import type { Address, Mac } from '../../../addressing/index.ts';
import { type NetworkFacts, SERVICE_LINK_LOCAL } from '../../../host-contract/index.ts';
import {
  DHCPV6_PORT,
  type Dhcpv6Message,
  encodeDhcpv6,
  encodeFrame,
  frame,
  ipv6,
  udp,
} from '../../../packets/index.ts';

/** A message to a client on the network, from its service port. */
export function toClient(
  network: NetworkFacts,
  { mac, address }: { readonly mac: Mac; readonly address: Address },
  message: Dhcpv6Message,
): Uint8Array {
  const upper = udp(DHCPV6_PORT.server, DHCPV6_PORT.client, encodeDhcpv6(message));
  return encodeFrame(frame(network.mac, mac, ipv6(SERVICE_LINK_LOCAL, address, upper)));
}
