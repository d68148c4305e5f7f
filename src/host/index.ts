/**
 * What runs on every host beside OVN: an agent that guards what is plugged into the bridge for instances and joins it
 * to OVN, and the services for the networks that have instances there.
 *
 * In go the switch's database, the facts that come with OVN's southbound database, and what instances send; out come
 * flows, patch ports and frames, and reports to the service. It never asks the service for what it must know to go
 * on: that is all in the databases.
 *
 * Begin with `host.ts`, which puts it together; then `host-agent.ts` and the folders `facts`, `guard` and `services`.
 */
export { isToEncrypt, whyNotEncrypted } from './encryption/index.ts';
export { type Facts, HostFacts, type KnownPort } from './facts/index.ts';
export { GuardPlan } from './guard/index.ts';
export { Host, HostError, type HostOptions } from './host.ts';
export { type Enrolment, enrol, identityFiles, isHostOf, JoinError } from './joining.ts';
export { answerReady } from './ready-socket.ts';
