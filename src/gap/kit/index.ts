/**
 * What use cases are made with. A use case (`use-case.ts`) is given a trial (`trial.ts`: begin there), which plays
 * tenants that make networks and ports by the VIM's public API (`tenant.ts`), starts instances on them and plugs these
 * in (`instance-site.ts`: on a host by `host-lab.ts` or `tap-site.ts`), takes down evidence (`evidence.ts`, `kept-frames.ts`) and on what it was tried (`topology.ts`), and
 * removes everything in the end (`belongings.ts`). A verdict comes from that evidence alone (`case-verdict.ts`).
 *
 * The rest makes evidence: of packets between instances (`probes.ts`), of crafted frames that arrive or not
 * (`shipments.ts`), of what instances are told (`router-advertisements.ts`, `dhcpv6-messages.ts`, `metadata-reads.ts`)
 * and of requests that the API must refuse (`api-refusals.ts`). Nothing here knows a use case.
 */
export { apiRefuses, isCircumstance, madeUnlessRefused, requestOutcome } from './api-refusals.ts';
export { Belongings } from './belongings.ts';
export { type CaseVerdict, fallsShort, verdictOf } from './case-verdict.ts';
export type { Project, TriedCloud } from './cloud.ts';
export { NO_COMMAND } from './command-lines.ts';
export {
  addressesOffered,
  associationOf,
  associationsIn,
  dhcpv6Solicit,
  isDhcpv6ToClient,
  isDhcpv6ToServer,
  messageToClient,
  messageToServer,
  toDhcpv6Servers,
} from './dhcpv6-messages.ts';
export { type Evidence, fileOf } from './evidence.ts';
export { HostLab } from './host-lab.ts';
export {
  type BootedServer,
  type InstanceSite,
  NotWiredError,
  type OutsidePort,
  untilActive,
} from './instance-site.ts';
export { type KeptFrame, type KeptFrames, pcapOfKept } from './kept-frames.ts';
export type { HostMishaps, LabHost } from './lab-host.ts';
export { LiveConnection } from './live-connection.ts';
export { describeHttp, metadataOf, readsMetadata } from './metadata-reads.ts';
export { addressesOfPort, ipv4Of, ipv6Of } from './port-addresses.ts';
export {
  addressAppears,
  configured,
  describeAddresses,
  NotConfiguredError,
  packetTooBig,
  pingFails,
  pingPasses,
  pingPassesSoon,
  segmentationOffload,
  tcpFails,
  tcpPasses,
  udpPasses,
} from './probes.ts';
export { isInstalled } from './programs.ts';
export {
  advertisementIn,
  describeAdvertisement,
  isAdvertisement,
  isRouterSolicitation,
  optionsOf,
} from './router-advertisements.ts';
export {
  arrivalEvidence,
  arrivals,
  framesOfShipments,
  type NamedShipment,
  type Shipment,
} from './shipments.ts';
export { sourceChosen } from './source-selection.ts';
export { type TapHost, TapSite } from './tap-site.ts';
export { type Carrier, type Mark, PHYSICAL_NETWORK, type Rule, Tenant } from './tenant.ts';
export type { DrawnNetwork, Topology } from './topology.ts';
export { NAME_PREFIX, Trial } from './trial.ts';
export { UntriableError } from './untriable-error.ts';
export { defineUseCase, type UseCase } from './use-case.ts';
