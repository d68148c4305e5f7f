/** Why the guard drops what it drops, in words of few: each is a series of a metric. Pure. */
import type { Drop } from '../../openflow/index.ts';
import { METERS_OF_PORT } from './pipeline.ts';

/** Reasons of flows; their place is their number on the switch. */
const REASONS = [
  /** A frame whose contents could not be looked at: tagged, without a type, a chain of headers without an end. */
  'frame',
  /** What only a router says: advertisements, redirects, queries. */
  'router',
  /** What only a DHCP server says. */
  'dhcp-server',
  /** A fragment of what must come whole, or that does not show what it is. */
  'fragment',
  /** Neighbour Discovery that is not valid: its hop limit, its code, its options. */
  'discovery',
  /** Neighbour Discovery or ARP that names another MAC address than that of its frame. */
  'link-layer',
  /** From a MAC address that is not the port's. */
  'mac',
  /** From an IP address that the port may not use. */
  'source',
  /** A claim to an IP address that the port may not use. */
  'target',
  /** On its way to an instance, which would have given an address up. */
  'delivery',
  /** On its way to an instance, past a router that lets in answers alone; and no answer. */
  'unasked',
] as const;

/** Reasons of meters: too much Neighbour Discovery, DHCP, that waits for the agent, that it hears, for services, in fragments, in answer; and beyond what a QoS policy lets instances send and get. */
const RATE_REASONS = [
  'discovery-rate',
  'dhcp-rate',
  'claim-rate',
  'report-rate',
  'service-rate',
  'fragment-rate',
  'answer-rate',
  'asked-rate',
  'sent-limit',
  'received-limit',
] as const;

type FlowDropReason = (typeof REASONS)[number];

/** Why the guard drops something. */
export type DropReason = FlowDropReason | (typeof RATE_REASONS)[number];

/** All of them. */
export const DROP_REASONS: readonly DropReason[] = [...REASONS, ...RATE_REASONS];

/** The verdict of a flow that drops for a reason. */
export const dropFor = (reason: FlowDropReason): Drop => {
  return { drop: true, reason: REASONS.indexOf(reason) };
};

/** The reason of this number on the switch; undefined for one that a guard of another release had. */
export const flowReason = (number: number): DropReason | undefined => REASONS[number];

/** The reason for what a port's meter drops: see `meterOf`. */
export const meterReason = (meter: number): DropReason => RATE_REASONS[meter % METERS_OF_PORT]!;
