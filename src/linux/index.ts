/**
 * Linux, as far as Sextant drives it itself instead of by other programs: network namespaces, devices with their
 * addresses and routes, raw sockets, and processes, which end with this one or outlive it. Every call goes to the
 * kernel by netlink or by the C library.
 *
 * In go the names of namespaces and devices, addresses of `addressing`, and octets; out come what the kernel knows,
 * and frames as they passed a device. It knows neither OVN nor Open vSwitch. What the kernel refuses is a
 * `SystemCallError` with the errno's name.
 *
 * Begin with `namespace.ts`, through which everything else enters a namespace; then `netlink.ts` and `link.ts` for
 * devices, `raw-socket/packet-socket.ts` for frames.
 */
export { addAddress, addOnLinkDefault, addRoute, disableIpv6, removeAddress } from './device-address.ts';
export { completeChecksums } from './device-offload.ts';
export { holdUdp, openListener, openTcpSocket, openUdpSocket, peerAddress } from './device-socket.ts';
export {
  configurationFile,
  FRR_DAEMONS,
  type FrrDaemon,
  frrCommand,
  hasFrr,
  pidFileArgument,
  vtySocket,
} from './frr/programs.ts';
export { sayToDaemon, VtyError } from './frr/vty.ts';
export { type Launch, launch, launchEnvironment } from './launch.ts';
export { flock, LOCK_EX, LOCK_NB, SystemCallError } from './libc.ts';
export { createBridge, createVeth, deleteLink, findLink, type Link, listLinks, setLink } from './link.ts';
export {
  createNamespace,
  deleteNamespace,
  inNamespace,
  namespaceExists,
  namespacePath,
  namespacesNamed,
} from './namespace.ts';
export { neighbourMac } from './neighbour.ts';
export { NetlinkSocket } from './netlink.ts';
export {
  type KernelAddress,
  type KernelNeighbour,
  type KernelRoute,
  kernelAddresses,
  kernelNeighbours,
  kernelRoutes,
} from './network-state.ts';
export {
  commandLine,
  FoundProcess,
  fileIdentity,
  originOf,
  type ProcessOrigin,
  processesWithArgument,
} from './processes.ts';
export type { CapturedFrame } from './raw-socket/captured-frame.ts';
export { PacketSocket, sendFrame } from './raw-socket/packet-socket.ts';
export { type Reception, receiveFrames } from './raw-socket/receiver.ts';
export {
  lacksChecksum,
  SEGMENT_HEADER,
  segmentHeader,
  segmentOf,
  type Uncut,
  writeSegmentHeader,
} from './raw-socket/segment-header.ts';
export {
  clearEvent,
  createEvent,
  FrameBuffer,
  type Instruction,
  waitReadable,
} from './raw-socket/system-calls.ts';
export {
  CHARON,
  charonCommand,
  charonEnvironment,
  charonMark,
  hasStrongswan,
  STRONGSWAN_PACKAGES,
  strongswanSettings,
  swanctlCommand,
  swanctlEnvironment,
  VICI_SOCKET,
} from './strongswan/programs.ts';
export { createTap } from './tap.ts';
export { admitTunnels, blockTunnels, tunnelRequestId, unblockTunnels } from './tunnel-policies.ts';
export { udpPortIsTaken } from './udp-ports.ts';
export { countKeys, hasXfrm, removeKeys } from './xfrm.ts';
