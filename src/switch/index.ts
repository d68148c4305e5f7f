/**
 * A host's Open vSwitch: what makes the machine a chassis of OVN, how instances are plugged in, and the flows of the
 * bridge that they are plugged into. It knows the ports of OVN by their ids, and nothing of networks or addresses.
 *
 * In go devices, port ids, flows and meters; out come rows of the switch's database, and flows in its bridge.
 *
 * Begin with `instance-port.ts`, which shows how a port is wired, and `switch-database.ts`; `attach.ts` plugs an
 * instance in, `bridge-flows.ts` keeps the flows.
 */
export { attach, attachTap, detach } from './attach.ts';
export { type BridgeDrops, BridgeFlows } from './bridge-flows.ts';
export { bridgesOf, OWN_DEVICE_MARK, reachedBridgesOf } from './bridge-mappings.ts';
export {
  bridgeOfPhysicalNetwork,
  type Chassis,
  type ChassisPeers,
  chassisOperations,
  INSTANCE_BRIDGE,
  INTEGRATION_BRIDGE,
  OVERLAY_BRIDGE,
  OVERLAY_NETWORK,
  type OvsdbOperation,
  TRANSLATION_BRIDGE,
  UNDERLAY_BRIDGE,
} from './chassis.ts';
export { callDaemon, daemonPid } from './daemon-control.ts';
export { DatapathLimits, NoLimitsError } from './datapath-limits.ts';
export {
  GUARDED_INTERFACE,
  isJoined,
  joinPort,
  type PluggedPort,
  partPort,
  pastGuard,
  patchedPort,
  patchToIntegration,
  pluggedPort,
  tapName,
  UNGUARDED_MARK,
  type Wiring,
  wirePort,
} from './instance-port.ts';
export {
  localnetOfPatch,
  putTunnelPorts,
  type TunnelKind,
  tunnelPort,
} from './overlay-ports.ts';
export { OVN_VIEW_PROGRAM } from './ovn-view.ts';
export { type Interface, SwitchDatabase } from './switch-database.ts';
export { keepLegNumber, legsOf, plugLeg, type TrunkLeg, unplugLeg } from './trunk-legs.ts';
