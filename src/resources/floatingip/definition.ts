/** Floating IPs in the API: their attributes. */
import {
  address,
  boolean,
  integer,
  list,
  nullable,
  object,
  oneOf,
  text,
  uuid,
} from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';

const portDetails = object(
  {
    name: text(255),
    network_id: uuid,
    mac_address: text(32),
    admin_state_up: boolean,
    status: text(16),
    device_id: text(255),
    device_owner: text(255),
  },
  {},
);

const forwarded = object(
  {
    id: uuid,
    internal_port_id: uuid,
    internal_ip_address: address,
    internal_port: nullable(integer(1, 65_535)),
    external_port: nullable(integer(1, 65_535)),
    protocol: oneOf('tcp', 'udp'),
  },
  {},
);

export const floatingIp = define({
  name: 'floatingip',
  collection: 'floatingips',
  path: 'floatingips',
  title: 'Floating IP',
  command: 'floating ip',
  nameAttribute: 'floating_ip_address',
  doc: 'An address of an external network that stands for an address of an instance, and can be moved to another. One of IPv4 stands for IPv6 on networks with `nat64_prefix`, and one of IPv6 for IPv4, by the translator on the host of the router’s gateway.',
  extensions: [
    {
      alias: 'fip-port-details',
      name: 'Floating IP Port Details Extension',
      description: 'port_details of floating IPs.',
    },
    {
      alias: 'floating-ip-port-forwarding',
      name: 'Floating IP Port Forwarding',
      description: 'Ports of a floating IP that lead to ports of instances.',
    },
    {
      alias: 'floating-ip-port-forwarding-description',
      name: 'Floating IP Port Forwarding new attribute description',
      description: 'description of port forwardings.',
    },
    {
      alias: 'floating-ip-port-forwarding-detail',
      name: 'Floating IP port forwarding detail',
      description: 'id and internal_port_id of the port_forwardings of floating IPs.',
    },
    {
      alias: 'floating-ip-port-forwarding-port-ranges',
      name: 'Floating IP Port Forwarding support port ranges',
      description: 'Ranges of ports in port forwardings.',
    },
    {
      alias: 'floatingip-pools',
      name: 'Floating IP Pools Extension',
      description: 'The subnets that floating IPs come from.',
    },
    { alias: 'qos-fip', name: 'Floating IP QoS', description: 'qos_policy_id of floating IPs.' },
    {
      alias: 'expose-port-forwarding-in-fip',
      name: 'Expose Floating IP port forwardings',
      description: 'port_forwardings of floating IPs.',
    },
  ],
  counted: { usual: 50 },
  attributes: {
    id: identity.id,
    ...ownership,
    floating_network_id: {
      type: uuid,
      doc: 'The external network.',
      create: 'member',
      required: true,
      reference: 'network',
      flag: 'network',
      title: 'Floating Network',
    },
    floating_ip_address: {
      type: address,
      doc: 'Its address there; administrators may choose it.',
      create: 'admin',
      title: 'Floating IP Address',
    },
    subnet_id: {
      type: nullable(uuid),
      doc: 'The subnet of the external network that the address is taken from.',
      create: 'member',
      default: null,
      hidden: true,
      stored: false,
      filter: false,
      reference: 'subnet',
      flag: 'subnet',
    },
    port_id: {
      type: nullable(uuid),
      doc: 'The port that it stands for; null for none.',
      create: 'member',
      update: 'member',
      default: null,
      reference: 'port',
      link: true,
      flag: 'port',
      title: 'Port',
    },
    fixed_ip_address: {
      type: nullable(address),
      doc: 'The address of the port that it stands for: needed when that has several of the version of IP, or it is to be of the other one.',
      create: 'member',
      update: 'member',
      default: null,
      title: 'Fixed IP Address',
    },
    router_id: {
      type: nullable(uuid),
      doc: 'The router that translates.',
      reference: 'router',
      link: true,
      title: 'Router',
    },
    qos_policy_id: {
      type: nullable(uuid),
      doc: 'Its QoS policy: what comes in by it, and what leaves with it.',
      create: 'member',
      update: 'member',
      default: null,
      reference: 'policy',
      flag: 'qos-policy',
    },
    status: {
      type: oneOf('ACTIVE', 'DOWN'),
      doc: 'ACTIVE when it stands for a port, or ports of it are forwarded.',
    },
    port_details: {
      type: nullable(portDetails),
      doc: 'Of the port, what its owner may want to know with it.',
      stored: false,
      filter: false,
    },
    port_forwardings: {
      type: list(forwarded),
      doc: 'Its ports that lead to ports of instances, when it stands for no port as a whole.',
      stored: false,
      filter: false,
    },
    dns_name: {
      type: text(63),
      doc: 'A host name for it, kept for those who publish names.',
      create: 'member',
      default: '',
      title: 'DNS Name',
    },
    dns_domain: {
      type: text(255),
      doc: 'The domain of the host name.',
      create: 'member',
      default: '',
      title: 'DNS Domain',
    },
    ...bookkeeping,
  },
  columns: ['id', 'floating_ip_address', 'fixed_ip_address', 'port_id', 'floating_network_id', 'project_id'],
  longColumns: [
    'id',
    'floating_ip_address',
    'fixed_ip_address',
    'port_id',
    'floating_network_id',
    'project_id',
    'router_id',
    'status',
    'description',
    'tags',
    'dns_name',
    'dns_domain',
  ],
});

export type FloatingIp = ResourceOf<typeof floatingIp>;
export type FloatingIpCreate = CreateOf<typeof floatingIp>;
export type FloatingIpUpdate = UpdateOf<typeof floatingIp>;
