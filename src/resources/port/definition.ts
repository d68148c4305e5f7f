/** Ports in the API: their attributes. */
import {
  type AttributeType,
  address,
  addressOrPrefix,
  boolean,
  freeObject,
  integer,
  ipVersion,
  list,
  mac,
  nullable,
  object,
  oneOf,
  prefix,
  text,
  uuid,
} from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership, statusReason } from '../definition/standard-attributes.ts';

const fixedIp = object({}, { subnet_id: uuid, ip_address: address, delete_subnet: boolean });
/** Learned addresses that a port may have (hosts keep to it); when it takes one more, the oldest is forgotten. */
export const MOST_LEARNED = 64;
const learnedAddress = object(
  { ip_address: address },
  {
    /**
     * The instance looked whether it is free (RFC 4862 section 5.4), said that it has it (RFC 4861 section 4.4), sent
     * from it, or registered it (RFC 9686).
     */
    origin: oneOf('solicitation', 'advertisement', 'traffic', 'registration'),
    since: text(64),
  },
);

const subportDetails = object(
  { port_id: uuid, segmentation_type: oneOf('vlan'), segmentation_id: integer(1, 4094), mac_address: mac },
  {},
);

const fromPool = object({ subnetpool_id: uuid }, { prefixlen: integer(0, 128) });
/** A prefix, or a wish for one of a subnet pool: what is stored, and answered, is the prefix. */
const delegatedPrefix: AttributeType<string | ReturnType<typeof fromPool.parse>> = {
  label: prefix.label,
  schema: { anyOf: [prefix.schema, fromPool.schema] },
  storedAs: 'json',
  parse: (value, field) =>
    typeof value === 'object' && value !== null ? fromPool.parse(value, field) : prefix.parse(value, field),
};

const anyDhcpOption = object(
  { opt_name: text(64), opt_value: nullable(text(255)) },
  { ip_version: ipVersion },
);
/** For IPv4 unless it says otherwise. */
const dhcpOption: typeof anyDhcpOption = {
  ...anyDhcpOption,
  parse: (value, field) => ({ ip_version: 4, ...anyDhcpOption.parse(value, field) }),
};

export const port = define({
  name: 'port',
  collection: 'ports',
  path: 'ports',
  title: 'Port',
  doc: 'Where an instance or a router is plugged into a network: a MAC address and IP addresses.',
  // Hosts are to forget addresses that its instance took; its instance may be on further hosts; its host takes it or not;
  // ports of floating IPs are forwarded to it; it is plugged in, behind a router to which that matters.
  belongings: ['learned_reset', 'further_hosts', 'binding_refused', 'forwarded', 'plugged'],
  extensions: [
    {
      alias: 'allowed-address-pairs',
      name: 'Allowed Address Pairs',
      description: 'Further source addresses of ports.',
    },
    { alias: 'binding', name: 'Port Binding', description: 'How instances are plugged in.' },
    {
      alias: 'binding-extended',
      name: 'Port Bindings Extended',
      description: 'Ports with bindings to several hosts, one of them active.',
    },
    { alias: 'data-plane-status', name: 'Data plane status', description: 'Of ports, as operators tell it.' },
    { alias: 'dns-domain-ports', name: 'dns_domain for ports', description: 'dns_domain of ports.' },
    { alias: 'extra_dhcp_opt', name: 'Neutron Extra DHCP options', description: 'DHCP options of ports.' },
    {
      alias: 'ip-substring-filtering',
      name: 'IP address substring filtering',
      description: 'Ports with a part of an address.',
    },
    { alias: 'port-device-profile', name: 'Port device profile', description: 'For Cyborg, by way of Nova.' },
    {
      alias: 'port-mac-address-regenerate',
      name: 'Mac address regenerate',
      description: 'A MAC address of null in PUT makes a new one.',
    },
    {
      alias: 'port-numa-affinity-policy',
      name: 'Port NUMA affinity policy',
      description: 'Where Nova is to place instances.',
    },
    {
      alias: 'port-numa-affinity-policy-socket',
      name: 'Port NUMA affinity policy: socket',
      description: 'A policy more.',
    },
    {
      alias: 'port-security',
      name: 'Port Security',
      description: 'port_security_enabled of ports and networks.',
    },
    {
      alias: 'port-security-groups-filtering',
      name: 'Port filtering on security groups',
      description: 'Ports of security groups.',
    },
    {
      alias: 'qos-port-network-policy',
      name: 'QoS network policy on ports',
      description: 'qos_network_policy_id of ports.',
    },
    {
      alias: 'tag-ports-during-bulk-creation',
      name: 'Tag Ports During Bulk Creation',
      description: 'tags of ports in POST.',
    },
    {
      alias: 'uplink-status-propagation',
      name: 'Port Uplink Status Propagation',
      description: 'propagate_uplink_status of ports.',
    },
  ],
  counted: { usual: 500 },
  attributes: {
    ...identity,
    ...ownership,
    network_id: {
      type: uuid,
      doc: 'The network that it is on.',
      create: 'member',
      required: true,
      reference: 'network',
      link: true,
      flag: 'network',
      title: 'Network',
    },
    mac_address: {
      type: mac,
      doc: 'Its MAC address; made up when left out, anew when it is null in PUT, or taken from an EUI-64 address asked for in fixed_ips.',
      create: 'member',
      update: 'admin',
      nullMeans: '',
      flag: 'mac-address',
      title: 'MAC Address',
    },
    fixed_ips: {
      type: list(fixedIp, 100),
      doc: 'Its addresses: {subnet_id}, {ip_address} or both. SLAAC and stateless subnets always add theirs.',
      create: 'member',
      update: 'member',
      stored: false,
      flag: 'fixed-ip',
      members: { subnet_id: { key: 'subnet', reference: 'subnet' } },
      title: 'Fixed IP Addresses',
    },
    admin_state_up: {
      type: boolean,
      doc: 'Whether it forwards packets.',
      create: 'member',
      update: 'member',
      default: true,
      flags: ['enable', 'disable'],
    },
    status: {
      type: oneOf('ACTIVE', 'DOWN', 'BUILD', 'ERROR'),
      doc: 'ACTIVE when an instance is plugged in and wired.',
    },
    ...statusReason,
    device_id: {
      type: text(255),
      doc: 'The instance or router that owns it.',
      create: 'member',
      update: 'member',
      default: '',
      link: true,
      flag: 'device',
    },
    device_owner: {
      type: text(255),
      doc: 'What owns it: compute:nova, network:router_interface, ...',
      create: 'member',
      update: 'member',
      default: '',
      link: true,
      flag: 'device-owner',
    },
    security_groups: {
      type: list(uuid, 100),
      doc: "Its security groups; the project's default group when left out.",
      create: 'member',
      update: 'member',
      stored: false,
      reference: 'security_group',
      flag: 'security-group',
      nullMeans: [],
    },
    port_security_enabled: {
      type: boolean,
      doc: 'Whether packets with other source addresses than its own are dropped, and security groups apply.',
      create: 'member',
      update: 'member',
      flags: ['enable-port-security', 'disable-port-security'],
      audited: { usual: true },
    },
    allowed_address_pairs: {
      type: list(object({ ip_address: addressOrPrefix }, { mac_address: mac }), 100),
      doc: 'Further source addresses that it may use.',
      create: 'member',
      update: 'member',
      default: [],
      flag: 'allowed-address',
      audited: true,
      nullMeans: [],
    },
    address_policy: {
      type: nullable(oneOf('prefix', 'strict')),
      doc: "Which sources it may use, as the network's address_policy; null: what the network says.",
      create: 'member',
      update: 'member',
      default: null,
      audited: true,
    },
    device_role: {
      type: oneOf('host', 'router'),
      doc: 'router: its instance may advertise itself as a router (RFC 4861) and forward packets of others. For the owner of the network.',
      create: 'member',
      update: 'member',
      default: 'host',
      audited: true,
    },
    delegated_prefixes: {
      type: list(delegatedPrefix, 16),
      doc: 'IPv6 prefixes delegated to its instance by DHCPv6 (RFC 8415 section 6.3): a prefix, or {subnetpool_id} and perhaps {prefixlen} for one that is free in a subnet pool; answers have the prefix. For the owner of the network.',
      create: 'member',
      update: 'member',
      default: [],
      flag: 'delegated-prefix',
      members: {
        subnetpool_id: { key: 'subnet-pool', reference: 'subnetpool' },
        prefixlen: { key: 'prefix-length' },
      },
      audited: true,
    },
    learned_addresses: {
      type: list(learnedAddress, MOST_LEARNED),
      doc: 'Addresses in its SLAAC prefixes that its instance took and that are bound to it, temporary ones for instance; `origin` says how that was seen. [] forgets them: those still in use are bound anew.',
      update: 'member',
      flag: 'learned-address',
    },
    extra_dhcp_opts: {
      type: list(dhcpOption, 50),
      doc: "DHCP options for this port. For ip_version 6: dns-server, domain-search, ntp-server, sntp-server, bootfile-url, bootfile-param, information-refresh-time, vendor-opts, or an option's number. PUT changes those that it names, and takes those without a value away.",
      create: 'member',
      update: 'member',
      default: [],
      flag: 'extra-dhcp-option',
      members: { opt_name: { key: 'name' }, opt_value: { key: 'value' } },
      nullMeans: [],
    },
    dns_name: {
      type: text(63),
      doc: 'Its host name in DNS.',
      create: 'member',
      update: 'member',
      default: '',
      title: 'DNS Name',
    },
    dns_domain: {
      type: text(255),
      doc: 'A domain in which its dns_name is known on its network, beside the network’s own.',
      create: 'member',
      update: 'member',
      default: '',
      title: 'DNS Domain',
    },
    dns_assignment: {
      type: list(object({ hostname: text(63), ip_address: address, fqdn: text(512) }, {})),
      doc: 'The name that each of its addresses has on its network: its dns_name, or one made of the address.',
      stored: false,
      filter: false,
      title: 'DNS Assignment',
    },
    propagate_uplink_status: {
      type: boolean,
      doc: 'Whether the state of the link of its host’s network card is to be told to its instance; for what plugs it.',
      create: 'member',
      default: false,
      flags: ['enable-uplink-status-propagation', 'disable-uplink-status-propagation'],
    },
    data_plane_status: {
      type: nullable(oneOf('ACTIVE', 'DOWN')),
      doc: 'Whether its packets pass, as operators see it; null: nobody has said.',
      update: 'admin',
    },
    device_profile: {
      type: nullable(text(255)),
      doc: 'The device profile of Cyborg’s that Nova is to ask for.',
      create: 'admin',
      default: null,
    },
    numa_affinity_policy: {
      type: nullable(oneOf('required', 'preferred', 'legacy', 'socket')),
      doc: 'How Nova is to place its instance near the network card.',
      create: 'member',
      update: 'member',
      default: null,
    },
    trunk_details: {
      type: nullable(object({ trunk_id: uuid, sub_ports: list(subportDetails) }, {})),
      doc: 'The trunk that it is the parent port of, with its subports; left out on other ports.',
      stored: false,
      filter: false,
      omitNull: true,
    },
    qos_policy_id: {
      type: nullable(uuid),
      doc: 'Its QoS policy; null: that of its network.',
      create: 'member',
      update: 'member',
      default: null,
      reference: 'policy',
      flag: 'qos-policy',
    },
    qos_network_policy_id: {
      type: nullable(uuid),
      doc: 'The QoS policy of its network.',
      stored: false,
      filter: false,
    },
    'binding:host_id': {
      type: text(255),
      doc: 'The host that its instance runs on.',
      create: 'admin',
      update: 'admin',
      default: '',
      see: 'admin',
      flag: 'host',
      nullMeans: '',
    },
    'binding:vnic_type': {
      type: oneOf('normal', 'direct', 'macvtap', 'direct-physical', 'baremetal', 'virtio-forwarder'),
      doc: 'How the instance is plugged in. direct, macvtap, direct-physical and baremetal are hardware that is on the physical network itself: for VLAN and flat networks.',
      create: 'member',
      update: 'member',
      default: 'normal',
      flag: 'vnic-type',
    },
    'binding:profile': {
      type: freeObject(4095),
      doc: 'What the host needs to know to plug it.',
      create: 'admin',
      update: 'admin',
      default: {},
      see: 'admin',
      flag: 'binding-profile',
      nullMeans: {},
    },
    'binding:vif_type': {
      type: oneOf('ovs', 'hw_veb', 'hostdev_physical', 'other', 'unbound', 'binding_failed'),
      doc: 'What plugs it; hw_veb, hostdev_physical and other are hardware past the switch. binding_failed when there is no such host, or when it was bound that one was drained, down, or without the network: vif_details have the reason.',
      see: 'admin',
      stored: false,
      filter: false,
    },
    'binding:vif_details': {
      type: freeObject(4095),
      doc: 'How to plug it: the bridge, and that OVN filters; for hardware the VLAN, and that nothing does.',
      see: 'admin',
      stored: false,
      filter: false,
    },
    ...bookkeeping,
    // Kuryr and the like make many at once, and find them by their tags.
    tags: { ...bookkeeping.tags, create: 'member', default: [] },
  },
  columns: ['id', 'name', 'mac_address', 'fixed_ips', 'status'],
  longColumns: [
    'id',
    'name',
    'mac_address',
    'fixed_ips',
    'status',
    'security_groups',
    'device_owner',
    'tags',
  ],
});

export type Port = ResourceOf<typeof port>;
export type PortCreate = CreateOf<typeof port>;
export type PortUpdate = UpdateOf<typeof port>;

/** A prefix that is delegated to a port, or a wish for one of a subnet pool. */
export type DelegatedPrefix = Port['delegated_prefixes'][number];

/** An address of a port, or a wish for one. */
export type FixedIp = Port['fixed_ips'][number];

/** An address that its instance took for itself. */
export type LearnedAddress = Port['learned_addresses'][number];
