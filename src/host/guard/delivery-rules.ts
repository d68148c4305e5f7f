/** The rules of the guard for what an instance gets to hear. Pure. */

import { type Address, linkLocalAddress, type Mac } from '../../addressing/index.ts';
import type { NetworkFacts, PortFacts } from '../../host-contract/index.ts';
import type { Flow, Match } from '../../openflow/index.ts';
import { ICMPV6_TYPE } from '../../packets/index.ts';
import type { Wiring } from '../../switch/index.ts';
import { dropFor } from './drop-reasons.ts';
import { exposedRules } from './egress-only-rules.ts';
import { FROM_NOBODY, GARBLED, OTHERWISE } from './message-rules.ts';
import {
  advertisement,
  flow,
  GuardTable,
  icmpv6Match,
  meterOf,
  networkNumber,
  solicitation,
  zoneOf,
} from './pipeline.ts';

const PRIORITY = 100;
/** In the table of what is delivered. */
const [TAGGED, GARBLED_PRIORITY, OWN, LOOKING_IN_TAG, LOOKING] = [120, 110, 100, 95, 90];

/** What tags frames of a port may have: none, those of its trunk's subports, or of the instance's own choice. */
export type Tags = 'none' | 'of subports' | 'own';

/**
 * What OVN has for the instance. Until OVN has learned which port has a virtual router's MAC address, it gives frames
 * for it to all that may have it, and with them frames for whomever else it does not know: those go no further.
 * @param about the MAC addresses that the instance may have, its network, and tags
 */
export function delivery(
  facts: PortFacts,
  wiring: Wiring,
  about: {
    readonly macs: readonly Mac[];
    readonly network: Pick<NetworkFacts, 'id' | 'isPhysical'>;
    readonly tags: Tags;
  },
): Flow[] {
  const { ADMISSION, ARRIVAL, DELIVERY } = GuardTable;
  const { instance, patch } = wiring;
  const isGuessing = facts.portSecurity && facts.allowedAddressPairs.some(({ mac }) => mac?.isVirtualRouter);
  const destinations: Match[] = isGuessing
    ? ['group' as const, ...about.macs].map((ethernetDestination) => ({ ethernetDestination }))
    : [{}];
  const to: Match = { inPort: patch };
  const heard = meterOf.heard(instance);
  const arriving = { continueIn: ARRIVAL, network: networkNumber(about.network.id), zone: zoneOf(instance) };
  const delivered = {
    output: instance,
    ...(facts.packetLimits.ingress && { meter: meterOf.received(instance) }),
  };
  return [
    ...destinations.map((match) => flow(ADMISSION, PRIORITY, { ...to, ...match }, arriving)),
    ...exposedRules(facts, wiring),
    ...(facts.portSecurity ? hearing(facts, to, heard) : []),
    ...(about.tags === 'own' && facts.portSecurity
      ? [flow(DELIVERY, LOOKING_IN_TAG, { ...to, ...looking, tagged: true }, delivered)]
      : []),
    // It would be taken for a subport's.
    ...(about.tags === 'of subports'
      ? [flow(DELIVERY, TAGGED, { ...to, tagged: true }, dropFor('frame'))]
      : []),
    // So the agent knows the routers outside before anybody poses as one of them.
    ...(about.network.isPhysical
      ? [
          flow(
            DELIVERY,
            LOOKING,
            { ...to, ...icmpv6Match(ICMPV6_TYPE['router-advertisement']) },
            { output: instance, report: true, meter: heard },
          ),
        ]
      : []),
    flow(DELIVERY, OTHERWISE, to, delivered),
  ];
}

/** Whether an address is free. */
const looking: Match = { ...solicitation, ipv6Source: FROM_NOBODY };

/**
 * What an instance does not hear. Who looks whether an address is free (RFC 4862 section 5.4) is heard by the agent,
 * which answers for whoever has it: so nobody learns of addresses before they are in use. An instance that routes may
 * do so for others who look, and hears them.
 */
function hearing(facts: PortFacts, to: Match, heard: number): Flow[] {
  const { DELIVERY } = GuardTable;
  const given = [linkLocalAddress(facts.mac), ...facts.fixedIps.map(({ address }) => address)];
  return [
    ...GARBLED.map((match) => flow(DELIVERY, GARBLED_PRIORITY, { ...to, ...match }, dropFor('delivery'))),
    ...given.filter(({ family }) => family === 6).map((address) => deafTo(to, address)),
    ...(facts.role === 'router'
      ? []
      : [flow(DELIVERY, LOOKING, { ...to, ...looking }, { drop: true, report: true, meter: heard })]),
  ];
}

/**
 * An instance does not hear that somebody else has an address of its: it would give it up (RFC 4862 section 5.4.4).
 * @param report its meter, while the network is asked who has it: the agent hears the answer
 */
export const deafTo = (to: Match, address: Address, report?: { meter: number }): Flow =>
  flow(
    GuardTable.DELIVERY,
    OWN,
    { ...to, ...advertisement, ndTarget: address },
    { ...dropFor('delivery'), ...(report && { report: true, meter: report.meter }) },
  );
