/**
 * The bridge for overlays: networks that have tunnels of their own, VXLAN or GRE, leave the host by it.
 *
 * In go the facts of networks and ports, where ports are, how hosts are reached, and the patch ports that OVN makes;
 * out come tunnels' ports and flows.
 *
 * Begin with `overlay-rules.ts`, the tables of the bridge; `overlay-plan.ts` says which rules change, and
 * `overlay-agent.ts` has the switch follow.
 */
export { OverlayAgent } from './overlay-agent.ts';
export { othersOf } from './overlay-plan.ts';
