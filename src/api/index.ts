/**
 * The Neutron API over HTTP: one pipeline serves every resource by its definition, and knows no OVN. What it does
 * reaches the engine by the store's journal alone.
 *
 * In go a store and checks of the service's health; out comes a server that is to be told where to listen. Begin with
 * `server.ts` (routes), then `pipeline.ts` (what happens to a request).
 */
export { type PartHealth, patiently, type ReadinessCheck, readiness } from './health.ts';
export { type ApiOptions, buildApi } from './server.ts';
