/** DHCPv6 messages (RFC 8415) as use cases send them and look for them. */

import { type Address, linkLocalAddress, type Mac } from '../../addressing/index.ts';
import {
  ALL_DHCPV6_SERVERS,
  DHCPV6_PORT,
  type Dhcpv6Message,
  type Dhcpv6Option,
  decodeDhcpv6,
  duidOfMac,
  encodeDhcpv6,
  type Frame,
  frame,
  ipv6,
  multicastMac,
  optionsOfKind,
  udp,
} from '../../packets/index.ts';

const isUdpTo =
  (port: number) =>
  ({ network }: Frame): boolean =>
    network.kind === 'ipv6' &&
    network.upper.kind === 'udp' &&
    network.upper.datagram.destinationPort === port;

/** Whether a frame is for a DHCPv6 client. */
export const isDhcpv6ToClient = isUdpTo(DHCPV6_PORT.client);

/** Whether a frame is for a DHCPv6 server. */
export const isDhcpv6ToServer = isUdpTo(DHCPV6_PORT.server);

/** A client's message to all servers, from its link-local address. */
export const toDhcpv6Servers = (mac: Mac, message: Dhcpv6Message): Frame =>
  frame(
    mac,
    multicastMac(ALL_DHCPV6_SERVERS),
    ipv6(
      linkLocalAddress(mac),
      ALL_DHCPV6_SERVERS,
      udp(DHCPV6_PORT.client, DHCPV6_PORT.server, encodeDhcpv6(message)),
    ),
  );

/** A client's Solicit for an address (IA_NA): for this one, if it wishes one. */
export function dhcpv6Solicit(mac: Mac, wish?: Address): Frame {
  const options: Dhcpv6Option[] = [
    { kind: 'client-id', duid: duidOfMac(mac) },
    { kind: 'elapsed-time', hundredths: 0 },
    associationOf(1, ...(wish === undefined ? [] : [wish])),
  ];
  return toDhcpv6Servers(mac, { type: 'solicit', transaction: 0x5e_c7a7, options });
}

/** An association (IA_NA) that names addresses. */
export const associationOf = (iaid: number, ...addresses: readonly Address[]): Dhcpv6Option => ({
  kind: 'ia-na',
  iaid,
  t1: 0,
  t2: 0,
  options: addresses.map((address) => ({
    kind: 'ia-address',
    address,
    preferredLifetime: 0,
    validLifetime: 0,
    options: [],
  })),
});

/** The message of a frame that is for a DHCPv6 client. */
export function messageToClient(frame: Frame): Dhcpv6Message | undefined {
  const { network } = frame;
  if (!isDhcpv6ToClient(frame) || network.kind !== 'ipv6' || network.upper.kind !== 'udp') return undefined;
  return decodeDhcpv6(network.upper.datagram.data);
}

/** The message of a frame that is for a DHCPv6 server. */
export function messageToServer(frame: Frame): Dhcpv6Message | undefined {
  const { network } = frame;
  if (!isDhcpv6ToServer(frame) || network.kind !== 'ipv6' || network.upper.kind !== 'udp') return undefined;
  return decodeDhcpv6(network.upper.datagram.data);
}

/** The addresses of each association (IA_NA) in a server's message. */
export const associationsIn = (frame: Frame): Address[][] =>
  optionsOfKind(messageToClient(frame)?.options ?? [], 'ia-na').map((association) =>
    optionsOfKind(association.options, 'ia-address').map(({ address }) => address),
  );

/** The addresses in a server's message. */
export const addressesOffered = (frame: Frame): Address[] => associationsIn(frame).flat();
