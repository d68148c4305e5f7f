/**
 * The pipeline of the guard: its tables, and the matches that more than one kind of rules needs.
 *
 * What is held back goes to the agent alone, which binds the address to the port, or not, and then sends it on itself
 * (`address-binder.ts`): what is not bound goes nowhere.
 *
 * Open vSwitch looks behind extension headers (hop-by-hop, routing, destination options, AH, fragment) before it
 * matches the protocol, so the rules need not know of them. A packet goes through the tables in order; one that no
 * flow matches is dropped (the bridge's fail mode is `secure`). So a port without rules passes nothing.
 *
 * The rules come in four kinds: those that all ports share (`message-rules.ts`), those of a port (`port-rules.ts`),
 * those of an address that is bound to a port here (`binding-rules.ts`), and those of an address that somebody on a
 * network has (`owner-rules.ts`). Each address costs a few flows, whatever the number of ports that may not use it.
 */

import { hash } from 'node:crypto';
import type { Flow, Match } from '../../openflow/index.ts';
import { ETHER_TYPE, ICMPV6_TYPE, IP_PROTOCOL } from '../../packets/index.ts';

export const GuardTable = {
  /** Tells who sent: OVN, whose packets go straight to the instance, or a known instance on a network. */
  ADMISSION: 0,
  /** Drops what has a tag; ports of networks that are transparent go past it. */
  TAGS: 1,
  /** Drops what no instance may send, and finds what is to be limited. */
  MESSAGES: 2,
  /** Limit Neighbour Discovery and group membership; and DHCP. */
  DISCOVERY_RATE: 3,
  DHCP_RATE: 4,
  /** Limits answers to solicitations: others have a say in how many they are. And those to the host, who asks by itself. */
  ANSWER_RATE: 5,
  ASKED_RATE: 6,
  /** Finds what is for the services of the host, by their MAC address; and limits it. */
  SERVICES: 7,
  SERVICE_RATE: 8,
  /** Limits fragments: what they are parts of waits in the switch for the rest. */
  FRAGMENT_RATE: 9,
  /** Ends what is cached of a packet by its kind alone. */
  LIMITED: 10,
  /** Drops Neighbour Discovery and ARP that name a MAC address other than that of their frame. */
  LINK_LAYER: 11,
  /** Drops what is from a MAC address that is not the port's. */
  MAC: 12,
  /** Drops what is from an IP address that is not the port's. */
  SOURCE: 13,
  /** For sources that are not the port's alone: who may be in a packet's source need not speak for that address. */
  PERMITTED: 14,
  /** For sources in open prefixes: holds back what is from an address that is not bound to the port. */
  BOUND_SOURCE: 15,
  /** Drops what is from an address that another port has. */
  OWNED_SOURCE: 16,
  /** Finds the Neighbour Discovery that claims an address. */
  KIND: 17,
  /** Drops claims to an address that the port may not use. */
  TARGET: 18,
  /** For targets in open prefixes: holds back claims to an address that is not bound to the port. */
  BOUND_TARGET: 19,
  /** Drops claims to an address that another port has. */
  OWNED_TARGET: 20,
  /** Remembers what goes to routers that let in nothing but answers. */
  FORWARDING: 21,
  /** Hands on to OVN. */
  SENDING: 22,
  /** For what comes from OVN: finds what comes from such routers. */
  ARRIVAL: 23,
  /** Lets through what answers something that the instance sent, and errors about that. */
  ANSWERS: 24,
  /** Keeps from an instance what would have it give an address up. */
  DELIVERY: 25,
} as const;

/** As many numbers of meters a port has. */
export const METERS_OF_PORT = 10;

/** Numbers of a port's meters, from the OpenFlow number of its instance's device. */
export const meterOf = {
  discovery: (instance: number): number => METERS_OF_PORT * instance,
  dhcp: (instance: number): number => METERS_OF_PORT * instance + 1,
  /** What is held back because it is not bound. */
  claims: (instance: number): number => METERS_OF_PORT * instance + 2,
  /** What the port hears that agents look at. */
  heard: (instance: number): number => METERS_OF_PORT * instance + 3,
  services: (instance: number): number => METERS_OF_PORT * instance + 4,
  fragments: (instance: number): number => METERS_OF_PORT * instance + 5,
  /** Answers to whoever asks for the port's addresses. */
  answers: (instance: number): number => METERS_OF_PORT * instance + 6,
  /** Answers to the host. */
  asked: (instance: number): number => METERS_OF_PORT * instance + 7,
  /** What the instance sends, by its QoS policy; and what it gets. */
  sent: (instance: number): number => METERS_OF_PORT * instance + 8,
  received: (instance: number): number => METERS_OF_PORT * instance + 9,
} as const;

/**
 * The zone of the datapath's connections in which those of a port are, from the OpenFlow number of its instance's device.
 * OVN takes zones from 1 on, the guard from the other end.
 */
export const zoneOf = (instance: number): number => LAST_ZONE - instance;
const LAST_ZONE = 0xffff;

export const ipv6Match: Match = { etherType: ETHER_TYPE.ipv6 };
export const ipv4Match: Match = { etherType: ETHER_TYPE.ipv4 };
export const arp: Match = { etherType: ETHER_TYPE.arp };
/** Reverse ARP (RFC 903): by it a hypervisor says where an instance is that has moved. */
export const rarp: Match = { etherType: ETHER_TYPE.rarp };
export const icmpv6Match = (icmpv6Type: number): Match => ({
  ...ipv6Match,
  ipProtocol: IP_PROTOCOL.icmpv6,
  icmpv6Type,
});
export const solicitation: Match = { ...icmpv6Match(ICMPV6_TYPE['neighbour-solicitation']), icmpv6Code: 0 };
export const advertisement: Match = { ...icmpv6Match(ICMPV6_TYPE['neighbour-advertisement']), icmpv6Code: 0 };

export const flow = (table: number, priority: number, match: Match, verdict: Flow['verdict']): Flow => {
  return { table, priority, match, verdict };
};

/** A network as flows know it. Networks whose ids have nothing in common share it once in 2^64. */
export function networkNumber(networkId: string): bigint {
  return BigInt(`0x${hash('sha256', networkId).slice(0, 16)}`);
}
