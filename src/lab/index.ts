/**
 * Labs: instances made of network namespaces, with real kernels and real clients, on a switch of Open vSwitch, and
 * what tries the network from there: probes, captures, frames of one's own, and routers that are none of Sextant's.
 *
 * In go a switch and the ports of a VIM; out come instances, what they received and what their kernels know. It knows
 * no API: whoever has the ports tells what they are.
 *
 * Begin with `lab.ts`; `instance/instance.ts` is what most else is used with. Where the switch is out of reach, `wires/`
 * joins devices of instances to those of a server.
 */
export type { KernelAddress, KernelNeighbour, KernelRoute } from '../linux/index.ts';
export { Capture, type Observation } from './capture.ts';
export { startClat } from './clients/clat.ts';
export { DelegatingServer, type DelegationTimes } from './clients/delegating-server.ts';
export { DhcpClient, type DhcpMode } from './clients/dhcp-client.ts';
export { Keepalived } from './clients/keepalived.ts';
export { type ResolverSettings, resolverOf } from './clients/resolver.ts';
export { Strongswan, type TunnelEnd } from './clients/strongswan.ts';
export { CommandError, type CommandResult } from './instance/command.ts';
export type { InstanceInterface, LabInstance } from './instance/instance.ts';
export { type Cleaned, Lab } from './lab.ts';
export { type Cable, Fabric } from './machines/fabric.ts';
export { type LabMachine, MachineError } from './machines/machine.ts';
export { encodePcap } from './pcap.ts';
export { firstAnswer } from './probes/first-answer.ts';
export { GroupMember } from './probes/group-member.ts';
export { type HttpOutcome, type HttpProbe, httpProbe, openHttp } from './probes/http.ts';
export { type PingOptions, type PingResult, ping } from './probes/ping.ts';
export { Pinger, type PingerResult } from './probes/pinger.ts';
export { connectTcp, TcpEcho, type TcpOutcome, tcpProbe } from './probes/tcp.ts';
export { TcpBeat, type TcpBeatResult } from './probes/tcp-beat.ts';
export { UdpEcho, udpProbe } from './probes/udp.ts';
export {
  bridgeOfPhysicalNetwork,
  INSTANCE_BRIDGE,
  type PluggablePort,
  SwitchConnection,
  type SwitchFacts,
  type SwitchHost,
  tapName,
} from './switch-connection.ts';
export { plugTap, unplugTap } from './tap.ts';
export { BgpRouter, type BgpRouterOptions } from './upstream/bgp-router.ts';
export { type Advertised, RouterAdvertiser, routerAdvertisement } from './upstream/router-advertiser.ts';
export { type RouterLink, UpstreamRouter } from './upstream/upstream-router.ts';
export { onceSettled, setLag, setPatience, waitUntil, withPatience } from './wait.ts';
export { FAR_END_PORT, type FarEnd, farEndProgram, wordsOfFarEnd } from './wires/far-end.ts';
export { farEndAnswers, Wire, WireError } from './wires/wire.ts';
