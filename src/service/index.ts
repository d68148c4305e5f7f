/**
 * Puts the parts of `sextant serve` together: store, API, engine, host, and what they tell each other.
 *
 * In goes a configuration; out comes a running service that can be stopped. Begin with `service.ts`.
 */
export { ConfigurationError, loadConfiguration, type Overrides } from './configuration.ts';
export { configurationKeys, type LogLevel } from './configuration-keys.ts';
export { hostProgram } from './host-process.ts';
export { findLocalService, findServiceOfProcess, type LocalService } from './local-services.ts';
export type { Service } from './service.ts';
export type { FailedUnit, RunningPart, ServiceStatus } from './status.ts';

/** Starts the service. It is loaded when it is called: commands that only ask one do without. */
export const startService: typeof import('./service.ts').openService = async (...given) =>
  (await import('./service.ts')).openService(...given);
