/**
 * Which frames services hear, as a program that the kernel runs for each frame: all that they answer and nothing else,
 * so that a flood of anything else costs no more than this. Pure.
 */

import type { Address } from '../../addressing/index.ts';
import { SERVICE_ADDRESS, SERVICE_LINK_LOCAL } from '../../host-contract/index.ts';
import type { Instruction } from '../../linux/index.ts';
import {
  ARP_OPERATION,
  DHCPV6_PORT,
  DNS_PORT,
  ETHER_TYPE,
  ICMPV6_TYPE,
  IP_PROTOCOL,
} from '../../packets/index.ts';

import { PROBE_IDENTIFIER, PROBE_PORTS } from './anycast/index.ts';

/** What has to be at a place of a frame: so many octets, as far as the mask has ones. */
export interface FrameField {
  readonly at: number;
  readonly octets: 1 | 2 | 4;
  readonly mask?: number;
  readonly is: number;
}

/** Whether the machine itself sends a frame, which a program asks by a place that no frame has (linux/filter.h). */
const OUTGOING: FrameField = { at: 0xfffff004, octets: 1, is: 4 };

/** Octets from the start of a frame, where IPv6 follows Ethernet and nothing stands between it and the upper layer. */
const AT = {
  link: 0,
  type: 12,
  arpOperation: 20,
  nextHeader: 20,
  hopLimit: 21,
  source: 22,
  destination: 38,
  upper: 54,
} as const;

const protocol = (name: 'udp' | 'tcp' | 'icmpv6'): FrameField => ({
  at: AT.nextHeader,
  octets: 1,
  is: IP_PROTOCOL[name],
});
const destinationPort = (is: number, mask?: number): FrameField => ({
  at: AT.upper + 2,
  octets: 2,
  is,
  ...(mask !== undefined && { mask }),
});
/** Type and code. */
const message = (name: keyof typeof ICMPV6_TYPE): FrameField[] => [
  protocol('icmpv6'),
  { at: AT.upper, octets: 2, is: ICMPV6_TYPE[name] << 8 },
];
const address = (at: number, { value }: Address): FrameField[] =>
  [0, 1, 2, 3].map((word) => ({
    at: at + 4 * word,
    octets: 4,
    is: Number((value >> BigInt(96 - 32 * word)) & 0xffffffffn),
  }));
/** Neighbour Discovery that no router passed on (RFC 4861 section 6.1.1, 7.1.1). */
const onLink: FrameField = { at: AT.hopLimit, octets: 1, is: 255 };
/** To a MAC address of somebody: what goes to all passes by the limit that each port has for the services' own. */
const toOne: FrameField = { at: AT.link, octets: 1, mask: 1, is: 0 };
const toAll: FrameField = { ...toOne, is: 1 };
const fromNobody: FrameField[] = [0, 4, 8, 12].map((word) => ({ at: AT.source + word, octets: 4, is: 0 }));

/** Each of these is for a service. */
const KINDS: readonly (readonly FrameField[])[] = [
  [protocol('udp'), destinationPort(DHCPV6_PORT.server)],
  ...[SERVICE_LINK_LOCAL, SERVICE_ADDRESS].map((service) => [
    toOne,
    protocol('udp'),
    destinationPort(DNS_PORT),
    ...address(AT.destination, service),
  ]),
  [...message('router-solicitation'), onLink],
  // That an instance looks whether an address is free shows that it has heard of its router.
  [...message('neighbour-solicitation'), onLink, ...fromNobody],
  [toOne, ...message('echo-reply'), { at: AT.upper + 4, octets: 2, is: PROBE_IDENTIFIER }],
  // Other TCP is the kernel's.
  [toOne, protocol('tcp'), destinationPort(PROBE_PORTS.first, PROBE_PORTS.mask)],
];

/** By which the kernel looks for whom it has an answer for: Neighbour Discovery, and ARP (RFC 826). */
const QUESTIONS: readonly (readonly FrameField[])[] = [
  [OUTGOING, toAll, { at: AT.type, octets: 2, is: ETHER_TYPE.ipv6 }, ...message('neighbour-solicitation')],
  [
    ...[OUTGOING, toAll, { at: AT.type, octets: 2, is: ETHER_TYPE.arp } as const],
    { at: AT.arpOperation, octets: 2, is: ARP_OPERATION.request },
  ],
];

/** Operations of classic BPF (linux/filter.h). */
const LOAD = { 1: 0x30, 2: 0x28, 4: 0x20 } as const;
const AND = 0x54;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
/** More than any frame has: all of it. */
const WHOLE = 0x40000;

/** The program for frames of IPv6. */
export const SERVICE_FILTER: readonly Instruction[] = filterFor(KINDS);

/** The program for frames of any protocol, in both directions. */
export const QUESTION_FILTER: readonly Instruction[] = filterFor(QUESTIONS);

/** A program that takes the frames that are of one of these kinds. */
export function filterFor(kinds: readonly (readonly FrameField[])[]): Instruction[] {
  return [...kinds.flatMap(programOf), [RETURN, 0, 0, 0]];
}

/** Takes the frame if it is of the kind, else goes on behind. */
function programOf(kind: readonly FrameField[]): Instruction[] {
  const program: Instruction[] = [[RETURN, 0, 0, WHOLE]];
  for (const { at, octets, mask, is } of kind.toReversed()) {
    program.unshift([LOAD[octets], 0, 0, at], ...(mask === undefined ? [] : [[AND, 0, 0, mask] as const]), [
      JUMP_IF_EQUAL,
      0,
      program.length,
      is,
    ]);
  }
  return program;
}
