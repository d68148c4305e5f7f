/** The rules of the guard for addresses that somebody on a network has: nobody else may use them or claim them. Pure. */
import { type Address, linkLocalAddress, Prefix } from '../../addressing/index.ts';
import {
  type NetworkFacts,
  type PortFacts,
  SERVICE_ADDRESS,
  SERVICE_ADDRESS_V4,
  SERVICE_LINK_LOCAL,
  serviceMac,
} from '../../host-contract/index.ts';
import type { Flow, Rules } from '../../openflow/index.ts';
import type { Wiring } from '../../switch/index.ts';
import { deafTo } from './delivery-rules.ts';
import { dropFor } from './drop-reasons.ts';
import { egressOnlyRules } from './egress-only-rules.ts';
import {
  advertisement,
  arp,
  flow,
  GuardTable,
  ipv6Match,
  meterOf,
  networkNumber,
  solicitation,
} from './pipeline.ts';
import { ownAddresses } from './port-rules.ts';

/**
 * An address that was given counts for more than one that an instance took: when it is given to a port after
 * another port's instance took it, it is that port's.
 */
const [GIVEN, TAKEN_BY_SENDER, TAKEN] = [100, 90, 80];
const [LOOKING, BOUND] = [110, 100];

/** An address that an instance took. */
export interface TakenAddress {
  readonly address: Address;
  /** Whether the agent wants to hear of it: it asks the instance whether it has the address. */
  readonly isWatched: boolean;
  /** It is not let through yet: stations outside are asked who has it, and the agent hears what they answer. */
  readonly isHeldBack?: boolean;
}

/**
 * The rules for what a port has on its network.
 * @param taken what its instance took, as far as the agent knows
 * @param wiring where its instance is plugged in, if that is on this host
 */
export function ownerRules(
  facts: PortFacts,
  taken: readonly TakenAddress[],
  networkId: string,
  wiring: Wiring | undefined,
): Rules {
  const network = networkNumber(networkId);
  return {
    flows: [
      ...egressOnlyRules(facts, network),
      ...givenAddresses(facts).flatMap((address) => ownedFlows(network, address, GIVEN)),
      ...taken.flatMap((one) =>
        one.isHeldBack
          ? heldBackFlows(one.address, wiring)
          : [
              ...(wiring === undefined ? [] : boundFlows(networkId, one, wiring)),
              ...ownedFlows(network, one.address, TAKEN),
            ],
      ),
    ],
  };
}

/** The rules for what a network has of itself: its services, and the addresses of these and of gateways. */
export function networkRules(facts: NetworkFacts): Rules {
  const network = networkNumber(facts.id);
  const { SERVICES, SERVICE_RATE } = GuardTable;
  return {
    flows: [
      flow(SERVICES, GIVEN, { network, ethernetDestination: facts.mac }, { continueIn: SERVICE_RATE }),
      ...networkAddresses(facts).flatMap((address) => ownedFlows(network, address, GIVEN)),
    ],
  };
}

/** The addresses that nobody but a port may have, whoever took them. */
export function givenAddresses(facts: PortFacts): Address[] {
  const given = [
    linkLocalAddress(facts.mac),
    ...facts.fixedIps.map(({ address }) => address),
    ...ownAddresses(facts),
  ];
  return [...new Map(given.map((address) => [address.toString(), address])).values()];
}

/** Those of a network's service port, and of gateways: they need not be routers of ours. */
export function networkAddresses({ mac, subnets }: NetworkFacts): Address[] {
  const service = [SERVICE_LINK_LOCAL, SERVICE_ADDRESS, SERVICE_ADDRESS_V4, linkLocalAddress(mac)];
  return [...service, ...subnets.flatMap(({ gateway }) => gateway ?? [])];
}

function ownedFlows(network: bigint, address: Address, priority: number): Flow[] {
  const { OWNED_SOURCE, OWNED_TARGET } = GuardTable;
  const only = single(address);
  if (address.family === 4)
    return [flow(OWNED_SOURCE, priority, { network, ...arp, arpSource: only }, dropFor('source'))];
  return [
    flow(OWNED_SOURCE, priority, { network, ...ipv6Match, ipv6Source: only }, dropFor('source')),
    flow(OWNED_TARGET, priority, { network, keptTarget: only }, dropFor('target')),
  ];
}

/**
 * An address that an instance took is its own: it may use and claim it, and does not hear that others do. The agent
 * hears when the instance looks whether the address is free, as it does when it starts anew.
 */
function boundFlows(
  networkId: string,
  { address, isWatched }: TakenAddress,
  { instance, patch }: Wiring,
): Flow[] {
  const { BOUND_TARGET, OWNED_SOURCE, OWNED_TARGET, KIND, FORWARDING } = GuardTable;
  const from = { inPort: instance };
  const there = { ...from, network: networkNumber(networkId) };
  const only = single(address);
  return [
    boundSourceFlow(address, instance),
    flow(OWNED_SOURCE, TAKEN_BY_SENDER, { ...there, ...ipv6Match, ipv6Source: only }, { continueIn: KIND }),
    flow(
      BOUND_TARGET,
      LOOKING,
      { ...from, ...solicitation, keptTarget: only },
      { continueIn: OWNED_TARGET, report: true, meter: meterOf.claims(instance) },
    ),
    // What it says to others may be too much to hear all of, since others ask for it.
    ...(isWatched
      ? [
          flow(
            BOUND_TARGET,
            LOOKING,
            { ...from, ...advertisement, keptTarget: only, ethernetDestination: serviceMac(networkId) },
            { continueIn: OWNED_TARGET, report: true },
          ),
        ]
      : []),
    flow(BOUND_TARGET, BOUND, { ...from, keptTarget: only }, { continueIn: OWNED_TARGET }),
    flow(OWNED_TARGET, TAKEN_BY_SENDER, { ...there, keptTarget: only }, { continueIn: FORWARDING }),
    deafTo({ inPort: patch }, address, isWatched ? { meter: meterOf.heard(instance) } : undefined),
  ];
}

/** While the outside is asked who has an address, its answer to the port is for the agent alone. */
const heldBackFlows = (address: Address, wiring: Wiring | undefined): Flow[] =>
  wiring === undefined
    ? []
    : [deafTo({ inPort: wiring.patch }, address, { meter: meterOf.heard(wiring.instance) })];

/** The flow that lets packets pass from an address that is bound to the port of a device: it tells how many they are. */
export const boundSourceFlow = (address: Address, instance: number): Flow =>
  flow(
    GuardTable.BOUND_SOURCE,
    BOUND,
    { inPort: instance, ...ipv6Match, ipv6Source: single(address) },
    { continueIn: GuardTable.OWNED_SOURCE, counted: true },
  );

const single = (address: Address): Prefix => Prefix.of(address, address.family === 6 ? 128 : 32);
