/** The rules of the guard for addresses that somebody on a network has: nobody else may use them or claim them. Pure. */
import { type Address, linkLocalAddress, Prefix } from '../../addressing/index.ts';
import {
  type NetworkFacts,
  type PortFacts,
  SERVICE_ADDRESS,
  SERVICE_ADDRESS_V4,
  SERVICE_LINK_LOCAL,
} from '../../host-contract/index.ts';
import type { Flow, Rules } from '../../openflow/index.ts';
import { arp, flow, ipv6, networkNumber, Table } from './pipeline.ts';
import { ownAddresses } from './port-rules.ts';

/**
 * An address that was given counts for more than one that an instance took: when it is given to a port after
 * another port's instance took it, it is that port's.
 */
const [GIVEN, TAKEN_BY_SENDER, TAKEN] = [100, 90, 80];

/**
 * The rules for what a port has on its network.
 * @param instance OpenFlow number of its instance's device, if that is on this host
 */
export function ownerRules(facts: PortFacts, networkId: string, instance: number | undefined): Rules {
  const network = networkNumber(networkId);
  return {
    flows: [
      ...givenAddresses(facts).flatMap((address) => ownedFlows(network, address, GIVEN)),
      ...facts.learnedAddresses.flatMap((address) => [
        ...(instance === undefined ? [] : senderFlows(network, address, instance)),
        ...ownedFlows(network, address, TAKEN),
      ]),
    ],
  };
}

/** The rules for what a network has of itself. */
export function networkRules(facts: NetworkFacts): Rules {
  const network = networkNumber(facts.id);
  return { flows: networkAddresses(facts).flatMap((address) => ownedFlows(network, address, GIVEN)) };
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

/** Who claims another's address is reported: an instance that only looks whether it is free is to be told. */
function ownedFlows(network: bigint, address: Address, priority: number): Flow[] {
  const { OWNED_SOURCE, OWNED_TARGET } = Table;
  const only = single(address);
  if (address.family === 4)
    return [flow(OWNED_SOURCE, priority, { network, ...arp, arpSource: only }, { drop: true })];
  return [
    flow(OWNED_SOURCE, priority, { network, ...ipv6, ipv6Source: only }, { drop: true }),
    flow(OWNED_TARGET, priority, { network, keptTarget: only }, { drop: true, report: true }),
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
