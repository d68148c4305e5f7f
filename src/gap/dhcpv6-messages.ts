/** DHCPv6 messages (RFC 8415) as use cases send them and look for them. */
import { type Address, linkLocalAddress, type Mac } from '../addressing/index.ts';
import { ALL_DHCPV6_SERVERS, DHCPV6_PORT, decodeDhcpv6, duidOfMac, encodeDhcpv6 } from '../packets/dhcpv6.ts';
import { type Dhcpv6Option, optionsOfKind } from '../packets/dhcpv6-options.ts';
import { type Frame, frame, ipv6, udp } from '../packets/frame.ts';
import { multicastMac } from '../packets/multicast.ts';

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

/** A client's Solicit for an address (IA_NA): for this one, if it wishes one. */
export function solicitation(mac: Mac, wish?: Address): Frame {
  const wishes: Dhcpv6Option[] =
    wish === undefined
      ? []
      : [{ kind: 'ia-address', address: wish, preferredLifetime: 0, validLifetime: 0, options: [] }];
  const options: Dhcpv6Option[] = [
    { kind: 'client-id', duid: duidOfMac(mac) },
    { kind: 'elapsed-time', hundredths: 0 },
    { kind: 'ia-na', iaid: 1, t1: 0, t2: 0, options: wishes },
  ];
  const message = encodeDhcpv6({ type: 'solicit', transaction: 0x5e_c7a7, options });
  return frame(
    mac,
    multicastMac(ALL_DHCPV6_SERVERS),
    ipv6(linkLocalAddress(mac), ALL_DHCPV6_SERVERS, udp(DHCPV6_PORT.client, DHCPV6_PORT.server, message)),
  );
}

/** The addresses of each association (IA_NA) in a server's message. */
export function associationsIn(frame: Frame): Address[][] {
  const { network } = frame;
  if (!isDhcpv6ToClient(frame) || network.kind !== 'ipv6' || network.upper.kind !== 'udp') return [];
  const { options } = decodeDhcpv6(network.upper.datagram.data);
  return optionsOfKind(options, 'ia-na').map((association) =>
    optionsOfKind(association.options, 'ia-address').map(({ address }) => address),
  );
}

/** The addresses in a server's message. */
export const addressesOffered = (frame: Frame): Address[] => associationsIn(frame).flat();
