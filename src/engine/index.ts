/**
 * The engine: OVN, and all that knows of it. Begin with `reconciler/plan.ts`, which says what a plan is, then with
 * `northbound/unit.ts` and one of the units, for instance `northbound/subnet/`.
 *
 * | part | what goes in | what comes out |
 * | --- | --- | --- |
 * | `northbound/UNIT/` | the store's rows (`read.ts`, `record.ts`; `records/` has what several units are made from) | the northbound rows that a unit should have (`plan.ts`) |
 * | `northbound/` | the store and OVN's northbound database | {@link Northbound}: the one follows the other; ports' status comes back |
 * | `reconciler/` | plans of any database's rows, the store's journal | transactions that make the database what the plans say |
 * | `embedded/` | a state directory | {@link EmbeddedEngine}: OVN's daemons on this machine, adopted or started, supervised |
 * | `acl-log/` | the log of OVN's controller | {@link SecurityGroupLog}: what security groups let through and drop |
 *
 * The engine knows the store and the rules of resources, and no HTTP.
 */
export { SecurityGroupLog } from './acl-log/security-group-log.ts';
export { removeAbandonedEngines } from './embedded/abandoned-engines.ts';
export type { AttendantProgram } from './embedded/attendant.ts';
export type { MachineSwitch } from './embedded/daemon-definitions.ts';
export { usableDatapath } from './embedded/datapath.ts';
export { EmbeddedEngine } from './embedded/embedded-engine.ts';
export { endEngine } from './embedded/end-engine.ts';
export type { EngineProcessState, StateClaim } from './embedded/engine-run.ts';
export { type ChassisConnections, HostEngine } from './embedded/host-engine.ts';
export { giveMachineBack, type HostSwitch, hostReadiness, hostSwitchFor } from './embedded/host-switch.ts';
export {
  engineSockets,
  lockStateDirectory,
  makePrivateDirectory,
  processesOf,
  StateDirectoryError,
} from './embedded/state-directory.ts';
export type { Underlay } from './embedded/underlay.ts';
export { Northbound } from './northbound/northbound.ts';
export { type PortRecord, portRecord, readPorts } from './northbound/port/index.ts';
export type { Failure } from './reconciler/failure.ts';
export type { ReconcilerStatus } from './reconciler/status.ts';
export type { EngineSettings } from './settings.ts';
export { type StoreWrites, storeWrites } from './store-writes.ts';
