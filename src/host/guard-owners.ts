/** The rules of the guard for addresses that somebody on a network has: nobody else may use them or claim them. Pure. */
import { type Address, linkLocalAddress, Prefix } from '../addressing/index.ts';
import { solicitedNode } from '../packets/multicast.ts';
import type { NetworkFacts, PortFacts } from './facts.ts';
import { arp, flow, ipv6, networkNumber, type Rules, solicitation, Table } from './guard.ts';
import { ownAddresses } from './guard-port.ts';
import type { Flow } from './openflow/flow.ts';
import { SERVICE_ADDRESS, SERVICE_ADDRESS_V4, SERVICE_LINK_LOCAL } from './service-port.ts';

/**
 * An address that was given counts for more than one that an instance took: when it is given to a port after
 * another port's instance took it, it is that port's.
 */
const [ANSWERED, GIVEN, TAKEN_BY_SENDER, TAKEN] = [110, 100, 90, 80];

/** Whether OVN answers, in the owner's place, to who looks for an address before using it. */
type Answering = 'ovn answers' | 'nobody answers';

/**
 * The rules for what a port has on its network.
 * @param instance OpenFlow number of its instance's device, if that is on this host
 */
export function ownerRules(facts: PortFacts, networkId: string, instance: number | undefined): Rules {
  const network = networkNumber(networkId);
  const assigned = [linkLocalAddress(facts.mac), ...facts.fixedIps.map(({ address }) => address)];
  const isAssigned = (address: Address) => assigned.some((own) => own.equals(address));
  const pairs = ownAddresses(facts).filter((address) => !isAssigned(address));
  // OVN does not answer for a port that may have any address.
  const answering = facts.isRouterPort || facts.portSecurity ? 'ovn answers' : 'nobody answers';
  return {
    flows: [
      ...assigned.flatMap((address) => ownedFlows(network, address, GIVEN, answering)),
      ...pairs.flatMap((address) => ownedFlows(network, address, GIVEN, 'nobody answers')),
      ...facts.learnedAddresses.flatMap((address) => [
        ...(instance === undefined ? [] : senderFlows(network, address, instance)),
        ...ownedFlows(network, address, TAKEN, answering),
      ]),
    ],
  };
}

/** The rules for what a network has of itself: its service port's addresses, and the gateways that are not routers of ours. */
export function networkRules({ id, mac, subnets }: NetworkFacts): Rules {
  const network = networkNumber(id);
  const service = [SERVICE_LINK_LOCAL, SERVICE_ADDRESS, SERVICE_ADDRESS_V4, linkLocalAddress(mac)];
  const gateways = subnets.flatMap(({ gateway }) => gateway ?? []);
  return {
    flows: [
      ...service.flatMap((address) => ownedFlows(network, address, GIVEN, 'ovn answers')),
      ...gateways.flatMap((address) => ownedFlows(network, address, GIVEN, 'nobody answers')),
    ],
  };
}

/** An instance that wants to know whether an address is free is told by OVN, and its question goes no further. */
function ownedFlows(network: bigint, address: Address, priority: number, answering: Answering): Flow[] {
  const { OWNED_SOURCE, OWNED_TARGET, FORWARDING } = Table;
  const only = single(address);
  if (address.family === 4)
    return [flow(OWNED_SOURCE, priority, { network, ...arp, arpSource: only }, { drop: true })];
  const question = { network, ...solicitation, ipv6Destination: solicitedNode(address), keptTarget: only };
  return [
    flow(OWNED_SOURCE, priority, { network, ...ipv6, ipv6Source: only }, { drop: true }),
    flow(OWNED_TARGET, priority, { network, keptTarget: only }, { drop: true }),
    ...(answering === 'ovn answers'
      ? [flow(OWNED_TARGET, ANSWERED, question, { continueIn: FORWARDING })]
      : []),
  ];
}

/** An address that an instance took itself is its own. */
function senderFlows(network: bigint, address: Address, instance: number): Flow[] {
  const { OWNED_SOURCE, OWNED_TARGET, KIND, FORWARDING } = Table;
  const from = { inPort: instance, network };
  const only = single(address);
  return [
    flow(OWNED_SOURCE, TAKEN_BY_SENDER, { ...from, ...ipv6, ipv6Source: only }, { continueIn: KIND }),
    flow(OWNED_TARGET, TAKEN_BY_SENDER, { ...from, keptTarget: only }, { continueIn: FORWARDING }),
  ];
}

const single = (address: Address): Prefix => Prefix.of(address, address.family === 6 ? 128 : 32);
