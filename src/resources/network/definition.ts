import { boolean, integer, list, nullable, oneOf, text, uuid } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';

export const network = define({
  name: 'network',
  collection: 'networks',
  path: 'networks',
  title: 'Network',
  doc: 'An isolated layer-2 segment. Its subnets say which prefixes are used on it.',
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
      type: oneOf('ACTIVE', 'DOWN', 'ERROR', 'BUILD'),
      doc: 'Whether it works.',
      stored: false,
      filter: false,
    },
    subnets: { type: list(uuid), doc: 'The subnets on it.', stored: false, filter: false },
    shared: {
      type: boolean,
      doc: 'Whether every project may use it.',
      create: 'admin',
      update: 'admin',
      default: false,
      flags: ['share', 'no-share'],
    },
    'router:external': {
      type: boolean,
      doc: 'Whether routers may have their external gateway on it.',
      create: 'admin',
      update: 'admin',
      default: false,
      flags: ['external', 'internal'],
      title: 'Router Type',
    },
    mtu: {
      type: integer(68, 65535),
      doc: 'Largest packet (bytes) on it; told to instances by RA and DHCP. IPv6 needs 1280 (RFC 8200 section 5).',
      create: 'member',
      update: 'member',
      title: 'MTU',
    },
    port_security_enabled: {
      type: boolean,
      doc: 'What new ports get as their port_security_enabled.',
      create: 'member',
      update: 'member',
      default: true,
      flags: ['enable-port-security', 'disable-port-security'],
    },
    'provider:network_type': {
      type: oneOf('geneve', 'vlan', 'flat'),
      doc: 'How its packets travel between hosts.',
      create: 'admin',
      see: 'admin',
      flag: 'provider-network-type',
      title: 'Network Type',
    },
    'provider:physical_network': {
      type: nullable(text(64)),
      doc: 'The physical network that a VLAN or flat network is on.',
      create: 'admin',
      see: 'admin',
      flag: 'provider-physical-network',
      title: 'Physical Network',
    },
    'provider:segmentation_id': {
      type: nullable(integer(1, 16777215)),
      doc: 'The VLAN tag (1 to 4094) or Geneve network identifier.',
      create: 'admin',
      see: 'admin',
      flag: 'provider-segment',
      title: 'Segmentation ID',
    },
    dns_domain: {
      type: text(255),
      doc: 'The DNS domain of its ports.',
      create: 'member',
      update: 'member',
      default: '',
      title: 'DNS Domain',
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
  columns: ['id', 'name', 'subnets'],
  longColumns: [
    'status',
    'project_id',
    'admin_state_up',
    'shared',
    'provider:network_type',
    'router:external',
    'tags',
  ],
});

export type Network = ResourceOf<typeof network>;
export type NetworkCreate = CreateOf<typeof network>;
export type NetworkUpdate = UpdateOf<typeof network>;
