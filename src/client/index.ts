/**
 * A typed client of the Neutron API, Sextant's or another's: it finds the API by a URL or a cloud in `clouds.yaml`,
 * has itself authenticated, and follows pages.
 *
 * In go names of resources and their attributes; out come resources as the API answered, or a `NeutronApiError`.
 *
 * Begin with `neutron-client.ts`.
 */
export { Capabilities, lackOf, type Need } from './capabilities.ts';
export { type Cloud, CloudError, cloudAs, cloudFromEnvironment, loadCloud } from './clouds.ts';
export { ComputeClient, type ServerPart, type ServerRoom } from './compute.ts';
export { NeutronApiError, NoAnswerError } from './error.ts';
export { IdentityClient, type KeystoneToken } from './identity.ts';
export { KeystoneError } from './keystone.ts';
export { NeutronClient, type Precondition, type Query, type RequestOptions } from './neutron-client.ts';
export { probeCapabilities } from './probe-capabilities.ts';
export type { Answered, Create, ResourceName, RouterInterface, Update } from './resource-types.ts';
export { type ServerEvent, ServerEvents } from './server-events.ts';
export type { Exchange, Timeout } from './transport.ts';
export { EndpointError } from './web-url.ts';
