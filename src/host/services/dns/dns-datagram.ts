/** DNS questions in frames: IPv6, UDP to port 53 of a service address. Pure. */

import type { Address, Mac } from '../../../addressing/index.ts';
import { SERVICE_ADDRESS, SERVICE_LINK_LOCAL } from '../../../host-contract/index.ts';
import {
  DNS_PORT,
  decodeFrame,
  ETHER_TYPE,
  encodeFrame,
  frame,
  IP_PROTOCOL,
  ipv6,
  udp,
} from '../../../packets/index.ts';

/** A question, and who asked whom. */
export interface DnsDatagram {
  readonly mac: Mac;
  readonly from: Address;
  readonly port: number;
  readonly to: Address;
  readonly octets: Uint8Array;
}

const ETHER_TYPE_AT = 12;
const NEXT_HEADER_AT = 20;
const DESTINATION_PORT_AT = 56;

/** The question in a frame; undefined for any other frame. */
export function dnsDatagramIn(octets: Uint8Array): DnsDatagram | undefined {
  const word = (at: number) => ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
  const isWorthIt =
    word(ETHER_TYPE_AT) === ETHER_TYPE.ipv6 &&
    octets[NEXT_HEADER_AT] === IP_PROTOCOL.udp &&
    word(DESTINATION_PORT_AT) === DNS_PORT;
  if (!isWorthIt) return undefined;
  const { source: mac, network } = decodeFrame(octets);
  if (network.kind !== 'ipv6' || network.upper.kind !== 'udp') return undefined;
  const { source: from, destination: to, upper } = network;
  if (!to.equals(SERVICE_ADDRESS) && !to.equals(SERVICE_LINK_LOCAL)) return undefined;
  return { mac, from, to, port: upper.datagram.sourcePort, octets: upper.datagram.data };
}

/** The frame that answers a question, from the service port. */
export const answerFrame = (asked: DnsDatagram, servicePort: Mac, answer: Uint8Array): Uint8Array =>
  encodeFrame(frame(servicePort, asked.mac, ipv6(asked.to, asked.from, udp(DNS_PORT, asked.port, answer))));
