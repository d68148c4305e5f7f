/** What an entry of the catalogue is, and how it becomes an error that is thrown. */
import type { Address, AddressRange, Mac, Prefix } from '../addressing/index.ts';

/** A resource as requests and answers name it. */
export type ResourceName =
  | 'network'
  | 'subnet'
  | 'port'
  | 'router'
  | 'floatingip'
  | 'subnetpool'
  | 'address_group'
  | 'address_scope'
  | 'ndp_proxy'
  | 'nptv6_translation'
  | 'bgp_speaker'
  | 'bgp_peer'
  | 'security_group'
  | 'security_group_rule'
  | 'default_security_group_rule'
  | 'log'
  | 'instance'
  | 'anycast_address'
  | 'agent'
  | 'host_token'
  | 'network_segment_range'
  | 'trunk'
  | 'policy'
  | 'rbac_policy';

/** What is done with any resource; `tags` is all that is done with its tags, `act` its further actions. */
export type Verb = 'list' | 'show' | 'create' | 'update' | 'delete' | 'tags' | 'act';

/** The further actions of resources, by the last word of their path. */
export type ActionName =
  | 'add_router_interface'
  | 'remove_router_interface'
  | 'add_addresses'
  | 'remove_addresses'
  | 'add_external_gateways'
  | 'update_external_gateways'
  | 'remove_external_gateways'
  | 'add_extraroutes'
  | 'remove_extraroutes'
  | 'add_subports'
  | 'remove_subports'
  | 'add_prefixes'
  | 'remove_prefixes'
  | 'onboard_network_subnets'
  | 'add_bgp_peer'
  | 'remove_bgp_peer'
  | 'add_gateway_network'
  | 'remove_gateway_network';

/** The further looks at resources, by the last word of their path. */
export type LookName = 'get_subports' | 'get_advertised_routes';

/** What stands below a resource's path, as policies name it. */
export type NestedName =
  | 'port_binding'
  | 'floatingip_port_forwarding'
  | 'policy_bandwidth_limit_rule'
  | 'policy_dscp_marking_rule'
  | 'policy_packet_rate_limit_rule'
  | 'policy_minimum_bandwidth_rule'
  | 'policy_minimum_packet_rate_rule';

/** The further actions of what is nested, by the last word of their path. */
export type NestedAction = 'activate';

/** One operation of the API, named as Neutron's policies name them; a verb alone is that of every resource. */
export type Operation =
  | Verb
  | `${Exclude<Verb, 'act'>}_${ResourceName}`
  | `${Exclude<Verb, 'act' | 'tags'>}_${NestedName}`
  | ActionName
  | NestedAction;

/** One error that a request can end with. */
export interface ErrorEntry {
  /** Neutron's exception name, for instance `IpAddressInUse`: clients recognise it. */
  readonly type: string;
  /** HTTP status code. */
  readonly status: number;
  /** What the client reads: names the attribute, its value and the way out. `{name}` stands for a parameter. */
  readonly message: string;
  /** A sentence for the documentation: when it happens. */
  readonly when: string;
  /** A sentence for the documentation: what to do about it. */
  readonly wayOut: string;
  /** The operations that it may end; none for what is met before one is known, or by hosts alone. */
  readonly operations: readonly Operation[];
}

/** A request that cannot be served. Only the catalogue makes them. */
export class RequestError extends Error {
  readonly type: string;
  readonly status: number;

  constructor({ type, status }: Pick<ErrorEntry, 'type' | 'status'>, message: string) {
    super(message);
    this.name = 'RequestError';
    this.type = type;
    this.status = status;
  }
}

type Word = string | number | Address | Prefix | AddressRange | Mac;

/** What a parameter can be: lists are written with commas. */
export type ParameterValue = Word | readonly Word[];

type ParameterIn<Message extends string> = Message extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterIn<Rest>
  : never;

type ParametersOf<Message extends string> = [ParameterIn<Message>] extends [never]
  ? []
  : [parameters: Readonly<Record<ParameterIn<Message>, ParameterValue>>];

/** Makes the error of an entry; the entry itself is for the documentation. */
export type ErrorMaker<Entry extends ErrorEntry = ErrorEntry> = ((
  ...parameters: ParametersOf<Entry['message']>
) => RequestError) & { readonly entry: ErrorEntry };

/** The names of the parameters in a message. */
export const parametersIn = (message: string): string[] =>
  Array.from(message.matchAll(/\{(\w+)\}/g), ([, name = '']) => name);

const written = (value: ParameterValue | undefined): string =>
  Array.isArray(value) ? value.join(', ') : String(value);

function makerOf(entry: ErrorEntry): ErrorMaker {
  const make = (parameters: Readonly<Record<string, ParameterValue>> = {}): RequestError =>
    new RequestError(
      entry,
      entry.message.replace(/\{(\w+)\}/g, (_, name: string) => written(parameters[name])),
    );
  return Object.assign(make, { entry });
}

/** The errors of one group of entries: each is called with what its message names, which the compiler checks. */
export const catalogue = <const Entries extends Readonly<Record<string, ErrorEntry>>>(
  entries: Entries,
): { readonly [Name in keyof Entries]: ErrorMaker<Entries[Name]> } =>
  Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, makerOf(entry)])) as {
    [Name in keyof Entries]: ErrorMaker<Entries[Name]>;
  };

/** A request that is wrong in its form, or an attribute's value that is: so Neutron's pipeline says. */
export const BAD_REQUEST = { type: 'HTTPBadRequest', status: 400 } as const;

/** A value that breaks a rule between attributes. */
export const INVALID_INPUT = { type: 'InvalidInput', status: 400 } as const;

/** The caller may see the resource or attribute, but not do this. */
export const POLICY_FORBIDS = { type: 'PolicyNotAuthorized', status: 403 } as const;

/** Operations whose request has a body. */
export const WITH_BODY = ['create', 'update', 'act', 'tags'] as const satisfies readonly Operation[];

/** Operations that change what is there. */
export const CHANGING = ['create', 'update', 'delete', 'act', 'tags'] as const satisfies readonly Operation[];

/** All operations. */
export const ANY = ['list', 'show', ...CHANGING] as const satisfies readonly Operation[];

/** All that is done with the bindings of a port. */
export const ON_BINDINGS = [
  'list_port_binding',
  'show_port_binding',
  'create_port_binding',
  'update_port_binding',
  'delete_port_binding',
  'activate',
] as const satisfies readonly Operation[];

/** All that is done with the port forwardings of a floating IP. */
export const ON_FORWARDINGS = [
  'list_floatingip_port_forwarding',
  'show_floatingip_port_forwarding',
  'create_floatingip_port_forwarding',
  'update_floatingip_port_forwarding',
  'delete_floatingip_port_forwarding',
] as const satisfies readonly Operation[];

/** Operations that give ports their addresses: routers have ports too. */
export const ADDRESSING = [
  'create_port',
  'update_port',
  'create_router',
  'update_router',
  'add_external_gateways',
  'update_external_gateways',
  'add_router_interface',
  'create_floatingip',
] as const satisfies readonly Operation[];
