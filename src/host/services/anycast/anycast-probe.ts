/**
 * How a member of an anycast address is asked for it: by a frame to its own MAC address, for the address alone says
 * nothing of who answers. Pure.
 */

import type { Mac } from '../../../addressing/index.ts';
import { type HealthCheckFacts, SERVICE_LINK_LOCAL } from '../../../host-contract/index.ts';
import {
  ETHER_TYPE,
  type Frame,
  frame,
  ICMPV6_TYPE,
  IP_PROTOCOL,
  icmpv6,
  ipv6,
} from '../../../packets/index.ts';

/** Of our echo requests. */
export const PROBE_IDENTIFIER = 0xa9fe;
/** TCP ports that probes come from, those that are `first` under `mask`: no socket of the system gets one by itself. */
export const PROBE_PORTS = { first: 0x7000, mask: 0xffe0 } as const;

/** A question: who is asked, by whom, and a number that its answer refers to. */
export interface Probe {
  readonly check: HealthCheckFacts;
  /** MAC address of the service port. */
  readonly from: Mac;
  /** MAC address of the member's port. */
  readonly to: Mac;
  /** 0 to 2^32 - 1, another for each probe of a member. */
  readonly number: number;
}

const sequenceOf = ({ number }: Probe): number => number % 0x1_0000;
const portOf = ({ number }: Probe): number => PROBE_PORTS.first + (number & ~PROBE_PORTS.mask & 0xffff);

/** The frame that asks. */
export function probeFrame(probe: Probe): Frame {
  const { check, from, to, number } = probe;
  const nothing = new Uint8Array();
  if (check.type === 'icmp') {
    const upper = icmpv6({
      kind: 'echo-request',
      identifier: PROBE_IDENTIFIER,
      sequence: sequenceOf(probe),
      data: nothing,
    });
    return frame(from, to, ipv6(SERVICE_LINK_LOCAL, check.address, upper));
  }
  const segment = {
    sourcePort: portOf(probe),
    destinationPort: check.port ?? 0,
    sequence: number,
    acknowledgment: 0,
    flags: ['syn'],
    window: 65_535,
    urgentPointer: 0,
    options: nothing,
    data: nothing,
  } as const;
  return frame(from, to, ipv6(SERVICE_LINK_LOCAL, check.address, { kind: 'tcp', segment }));
}

/**
 * What a frame says to a probe: that the member is well, that it refuses, or (undefined) nothing. Our own kernel, which
 * knows of no such connection, resets one that is offered.
 */
export function answerTo(probe: Probe, { source, network }: Frame): 'well' | 'refused' | undefined {
  const { check, to, number } = probe;
  if (network.kind !== 'ipv6' || !source.equals(to) || !network.source.equals(check.address))
    return undefined;
  const { upper } = network;
  if (check.type === 'icmp' && upper.kind === 'icmpv6' && upper.message.kind === 'echo-reply') {
    const { identifier, sequence } = upper.message;
    return identifier === PROBE_IDENTIFIER && sequence === sequenceOf(probe) ? 'well' : undefined;
  }
  if (check.type !== 'tcp' || upper.kind !== 'tcp') return undefined;
  const { sourcePort, destinationPort, acknowledgment, flags } = upper.segment;
  const isAnswer = sourcePort === check.port && destinationPort === portOf(probe);
  if (!isAnswer || acknowledgment !== (number + 1) % 0x1_0000_0000) return undefined;
  return flags.includes('syn') && !flags.includes('rst') ? 'well' : 'refused';
}

const NEXT_HEADER = 20;
const UPPER_LAYER = 54;

/** Whether it is worth decoding a frame. */
export function mayAnswer(octets: Uint8Array): boolean {
  if (((octets[12] ?? 0) << 8) + (octets[13] ?? 0) !== ETHER_TYPE.ipv6) return false;
  const protocol = octets[NEXT_HEADER];
  return (
    protocol === IP_PROTOCOL.tcp ||
    (protocol === IP_PROTOCOL.icmpv6 && octets[UPPER_LAYER] === ICMPV6_TYPE['echo-reply'])
  );
}
