/**
 * OpenFlow 1.4, as a controller of one bridge of Open vSwitch: flows and meters as values, their difference from what
 * the bridge has, the bundle that changes it in one piece, and the packets that flows report. It knows no OVN and no
 * OVSDB.
 *
 * In go flows and meters, as matches and verdicts; out come messages on the bridge's management socket, and frames.
 *
 * Begin with `match.ts` and `flow.ts`, then `rule-set.ts`, which tells what is to change, and `connection.ts`, which
 * changes it.
 */
export { compareFlows, type FlowDifference } from './bundle.ts';
export { OpenFlowConnection } from './connection.ts';
export { type CountedDrop, type Drop, type Flow, identityOf, type OnTheWay } from './flow.ts';
export type { Learned } from './learning.ts';
export { type AddressBits, type Match, NO_ETHER_TYPE, type PortBits } from './match.ts';
export { CONTROLLER_METER, compareMeters, type Meter } from './meter.ts';
export { BACK, type ReportedPacket } from './packet-in.ts';
export { RuleSet, type Rules } from './rule-set.ts';
