/**
 * The rules of the guard for routers that let out what instances begin, and in what answers that (`egress_only_ipv6`).
 * Connections are remembered where the instance is: which host has the router's gateway is no matter, nor what security
 * groups let through. Pure.
 */
import { LINK_LOCAL, Prefix } from '../../addressing/index.ts';
import type { ExposedAddress, PortFacts } from '../../host-contract/index.ts';
import type { Flow, Match, PortBits } from '../../openflow/index.ts';
import { IP_PROTOCOL } from '../../packets/index.ts';
import type { Wiring } from '../../switch/index.ts';
import { dropFor } from './drop-reasons.ts';
import { flow, GuardTable, ipv6Match } from './pipeline.ts';

/** What is exposed comes before what is behind the router, and that before all else that it passes on. */
const [EXPOSED, INSIDE, PASSED_ON, OTHERWISE] = [40, 30, 20, 0];

/** What all ports share: who passes no such router goes on as it is. */
export function egressOnlySharedRules(): Flow[] {
  const { FORWARDING, SENDING, ARRIVAL, ANSWERS, DELIVERY } = GuardTable;
  return [
    flow(FORWARDING, OTHERWISE, {}, { continueIn: SENDING }),
    flow(ARRIVAL, OTHERWISE, {}, { continueIn: DELIVERY }),
    ...(['answer', 'error'] as const).map((connection) =>
      flow(ANSWERS, PASSED_ON, { connection }, { continueIn: DELIVERY }),
    ),
    flow(ANSWERS, OTHERWISE, {}, dropFor('unasked')),
  ];
}

/**
 * Those of a router's interface, on all ports of its network. Neighbour Discovery is link-local, or from a prefix behind
 * the router.
 */
export function egressOnlyRules({ mac, egressOnly }: PortFacts, network: bigint): Flow[] {
  if (egressOnly === null) return [];
  const { FORWARDING, SENDING, ARRIVAL, ANSWERS, DELIVERY } = GuardTable;
  const sent: Match = { network, ...ipv6Match, ethernetDestination: mac };
  const got: Match = { network, ...ipv6Match, ethernetSource: mac };
  return [
    flow(FORWARDING, PASSED_ON, sent, { continueIn: SENDING, track: 'remember' }),
    flow(ARRIVAL, PASSED_ON, got, { continueIn: ANSWERS, track: 'look' }),
    ...[LINK_LOCAL, ...egressOnly].flatMap((inside) => [
      flow(FORWARDING, INSIDE, { ...sent, ipv6Destination: inside }, { continueIn: SENDING }),
      flow(ARRIVAL, INSIDE, { ...got, ipv6Source: inside }, { continueIn: DELIVERY }),
    ]),
  ];
}

/** Those of a port with addresses that are asked for outside. */
export const exposedRules = ({ exposed }: PortFacts, { patch }: Wiring): Flow[] =>
  exposed.flatMap((one) =>
    matchesOf(one).map((match) =>
      flow(GuardTable.ARRIVAL, EXPOSED, { inPort: patch, ...match }, { continueIn: GuardTable.DELIVERY }),
    ),
  );

function matchesOf({ address, protocol, firstPort = 0, lastPort = firstPort }: ExposedAddress): Match[] {
  const to: Match = { ...ipv6Match, ipv6Destination: Prefix.of(address, 128) };
  if (protocol === undefined) return [to];
  return portBits(firstPort, lastPort).map((bits) => ({
    ...{ ...to, ipProtocol: IP_PROTOCOL[protocol] },
    destinationPorts: { protocol, ...bits },
  }));
}

/** A range of ports, both ends included, in as few values with masks as there can be: 30 at most. */
export function portBits(first: number, last: number): Omit<PortBits, 'protocol'>[] {
  const bits: Omit<PortBits, 'protocol'>[] = [];
  for (let at = first; at <= last; ) {
    let size = 1;
    while (at % (2 * size) === 0 && at + 2 * size - 1 <= last && size < 0x1_0000) size *= 2;
    bits.push({ value: at, mask: 0x1_0000 - size });
    at += size;
  }
  return bits;
}
