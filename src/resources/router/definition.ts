/** Routers in the API: their attributes. */
import {
  address,
  boolean,
  list,
  nullable,
  object,
  oneOf,
  prefix,
  text,
  uuid,
} from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership, statusReason } from '../definition/standard-attributes.ts';

/** Each is a port, with next hops and translations of its own: OVN's work for a packet grows with them. */
export const MOST_GATEWAYS = 8;

const externalFixedIp = object({}, { subnet_id: uuid, ip_address: address });
const externalGateway = object(
  { network_id: uuid },
  {
    enable_snat: boolean,
    external_fixed_ips: list(externalFixedIp, 20),
    qos_policy_id: nullable(uuid),
  },
);
/** As requests name them, too: a network that is named twice has two. */
export const externalGateways = list(externalGateway, MOST_GATEWAYS, true);
const gatewayInfo = nullable(externalGateway);
/** `{}` is none as null is: clients take a gateway away by it. */
const gatewayInfoOrNone: typeof gatewayInfo = {
  ...gatewayInfo,
  parse: (value, field) =>
    typeof value === 'object' && value !== null && Object.keys(value).length === 0
      ? null
      : gatewayInfo.parse(value, field),
};

export const router = define({
  name: 'router',
  collection: 'routers',
  path: 'routers',
  title: 'Router',
  doc: 'Routes between the subnets attached to it, and to an external network.',
  extensions: [
    {
      alias: 'ext-gw-mode',
      name: 'Neutron L3 Configurable external gateway mode',
      description: 'enable_snat of routers.',
    },
    {
      alias: 'external-gateway-multihoming',
      name: 'Neutron L3 External Gateway Multihoming',
      description: 'Several external gateways of a router.',
    },
    {
      alias: 'enable-default-route-ecmp',
      name: 'Enable Default Route ECMP',
      description: 'Default routes by all gateways of a router at once.',
    },
    {
      alias: 'dvr',
      name: 'Distributed Virtual Router',
      description: 'distributed of routers: floating IPs leave by the instances’ own hosts.',
    },
    {
      alias: 'l3-ha',
      name: 'HA Router extension',
      description: 'ha of routers: whether hosts stand by for their gateways.',
    },
    { alias: 'extraroute', name: 'Neutron Extra Route', description: 'Static routes of routers.' },
    {
      alias: 'extraroute-atomic',
      name: 'Atomically add/remove extra routes',
      description: 'Static routes that come and go one by one.',
    },
    { alias: 'qos-gateway-ip', name: 'Gateway IP QoS', description: 'qos_policy_id of routers’ gateways.' },
    { alias: 'router', name: 'Neutron L3 Router', description: 'Routers between subnets.' },
  ],
  // What a provider delegates to it, and what its host asks for.
  belongings: ['prefix_delegation'],
  counted: { usual: 10 },
  attributes: {
    ...identity,
    ...ownership,
    admin_state_up: {
      type: boolean,
      doc: 'Whether it forwards packets.',
      create: 'member',
      update: 'member',
      default: true,
      flags: ['enable', 'disable'],
      title: 'State',
    },
    status: {
      type: oneOf('ACTIVE', 'DOWN', 'ERROR'),
      doc: 'Whether it works.',
    },
    ...statusReason,
    external_gateway_info: {
      type: gatewayInfoOrNone,
      doc: 'The external network, the addresses there, whether IPv4 sources are translated, and the QoS policy of all that passes there.',
      create: 'member',
      update: 'member',
      default: null,
      stored: false,
      filter: false,
      flag: 'external-gateway',
      title: 'External gateway info',
    },
    external_gateways: {
      type: externalGateways,
      doc: 'All its external gateways, external_gateway_info first. enable_snat is the same of all.',
      stored: false,
      filter: false,
      title: 'External gateways',
    },
    enable_default_route_ecmp: {
      type: boolean,
      doc: 'Whether its default routes lead out by all its external gateways, flow by flow; else by the first alone.',
      create: 'admin',
      update: 'admin',
      default: false,
      flags: ['enable-default-route-ecmp', 'disable-default-route-ecmp'],
      nullMeans: false,
      title: 'Default route ECMP',
    },
    ipv6_next_hop: {
      type: nullable(address),
      doc: 'Next hop of its IPv6 default route: a link-local address on the external network, that of the first gateway. null: the gateway_ip of its subnets there, or a router there that advertises itself.',
      create: 'member',
      update: 'member',
      default: null,
      title: 'IPv6 Next Hop',
    },
    next_hops: {
      type: list(
        object(
          { nexthop: address, origin: oneOf('router', 'subnet', 'advertisement') },
          { network_id: uuid },
        ),
      ),
      doc: 'Where its default routes lead: as ipv6_next_hop says, as the external subnet does, or as a router there advertises. Of several gateways the network is said.',
      stored: false,
      filter: false,
    },
    upstream_routes: {
      type: list(object({ destination: prefix, nexthop: address }, {})),
      doc: 'What the routers outside must lead to it: the prefixes behind it, and its address there.',
      stored: false,
      filter: false,
    },
    gateway_hosts: {
      type: list(object({ host: text(255), reason: text(255) }, { network_id: uuid })),
      doc: 'The hosts that its external gateway is on, with why: the first has it, the others take over in turn. Of several gateways the network is said.',
      see: 'admin',
      stored: false,
      filter: false,
    },
    enable_ndp_proxy: {
      type: boolean,
      doc: 'Whether it answers on the external network for addresses of instances (NDP proxies); false without a gateway.',
      create: 'member',
      update: 'member',
      default: false,
      flags: ['enable-ndp-proxy', 'disable-ndp-proxy'],
      nullMeans: false,
    },
    routes: {
      type: list(object({ destination: prefix, nexthop: address }, {}), 1000),
      doc: 'Static routes. A link-local next hop must lie on exactly one attached network.',
      update: 'member',
      filter: false,
      flag: 'route',
      members: { nexthop: { key: 'gateway' } },
      nullMeans: [],
    },
    distributed: {
      type: boolean,
      doc: 'Whether what stands for a floating IP leaves by its own host, where that reaches the external network; else by the host of the gateway. Between networks routing happens on every host, always.',
      create: 'admin',
      update: 'admin',
      see: 'admin',
      default: true,
      flags: ['distributed', 'centralized'],
      nullMeans: true,
    },
    distributed_ipv6: {
      type: boolean,
      doc: 'Whether what instances send from their own IPv6 addresses leaves by their own hosts, which answer for these addresses on the external network; both ends are of one address scope. Else it leaves by the host of the gateway.',
      create: 'admin',
      update: 'admin',
      default: false,
      flags: ['enable-distributed-ipv6', 'disable-distributed-ipv6'],
      nullMeans: false,
      title: 'Distributed IPv6',
    },
    egress_only_ipv6: {
      type: boolean,
      doc: 'Whether nothing outside begins anything with IPv6 addresses behind it: what comes in past it is an answer to what instances sent, an ICMPv6 error about that, or for a floating IP or a port forwarding.',
      create: 'member',
      update: 'member',
      default: false,
      audited: true,
      flags: ['enable-egress-only-ipv6', 'disable-egress-only-ipv6'],
      nullMeans: false,
      title: 'Egress-only IPv6',
    },
    ha: {
      type: boolean,
      doc: 'Whether its gateway has hosts that stand by, and take over when its own fails; else it is on one host alone, until an administrator disables that.',
      create: 'admin',
      update: 'admin',
      see: 'admin',
      default: true,
      flags: ['ha', 'no-ha'],
      title: 'HA',
      nullMeans: true,
    },
    multicast_relay: {
      type: boolean,
      doc: 'Whether multicast is passed on to members in other networks: those with multicast_snooping alone.',
      create: 'member',
      update: 'member',
      default: false,
      flags: ['enable-multicast-relay', 'disable-multicast-relay'],
    },
    availability_zone_hints: {
      type: list(text(255)),
      doc: 'Where it would best be.',
      create: 'member',
      default: [],
      flag: 'availability-zone-hint',
    },
    availability_zones: { type: list(text(255)), doc: 'Where it is.', stored: false, filter: false },
    ...bookkeeping,
  },
  columns: ['id', 'name', 'status', 'admin_state_up', 'project_id', 'distributed', 'ha'],
  longColumns: [
    'id',
    'name',
    'status',
    'admin_state_up',
    'project_id',
    'distributed',
    'ha',
    'routes',
    'external_gateway_info',
    'external_gateways',
    'ipv6_next_hop',
    'next_hops',
    'upstream_routes',
    'gateway_hosts',
    'availability_zones',
    'tags',
  ],
});

export type Router = ResourceOf<typeof router>;
export type RouterCreate = CreateOf<typeof router>;
export type RouterUpdate = UpdateOf<typeof router>;
