export { CloudError } from './clouds.ts';
export { NeutronApiError, NoAnswerError } from './error.ts';
export { KeystoneError } from './keystone.ts';
export { NeutronClient, type Precondition, type Query, type RequestOptions } from './neutron-client.ts';
export type { Answered, Create, ResourceName, RouterInterface, Update } from './resource-types.ts';
export { EndpointError } from './session.ts';
export type { Exchange } from './transport.ts';
