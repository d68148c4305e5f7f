/** BGP speakers in the API: their attributes. */

import { asNumber } from '../bgp-peer/definition.ts';
import {
  boolean,
  ipVersion,
  list,
  nullable,
  object,
  oneOf,
  text,
  uuid,
} from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';

const { tags: _, ...rest } = bookkeeping;

const session = object(
  {
    host: text(255),
    network_id: uuid,
    peer_id: nullable(uuid),
    addresses: list(text(64)),
    state: oneOf('established', 'down', 'unknown'),
    reason: text(1000),
  },
  {},
);

export const bgpSpeaker = define({
  name: 'bgp_speaker',
  collection: 'bgp_speakers',
  path: 'bgp-speakers',
  title: 'BGP speaker',
  doc: 'Tells routers outside, by BGP, what is behind the routers of tenants that have a gateway on its networks.',
  belongings: ['peers', 'networks'],
  extensions: [
    {
      alias: 'bgp',
      name: 'Neutron BGP Dynamic Routing Extension',
      description: 'Routes to prefixes of tenants and to floating IPs are advertised by BGP.',
    },
    {
      alias: 'bgp_dragent_scheduler',
      name: 'BGP Dynamic Routing Agent Scheduler',
      description: 'The hosts that speak for a BGP speaker: those that its routers’ gateways may be on.',
    },
  ],
  attributes: {
    ...identity,
    ...ownership,
    local_as: {
      type: asNumber,
      doc: 'The number of its autonomous system.',
      create: 'member',
      required: true,
      title: 'Local AS',
    },
    ip_version: {
      type: ipVersion,
      doc: 'Of what it advertises: 4 or 6.',
      create: 'member',
      required: true,
      title: 'IP Version',
    },
    advertise_floating_ip_host_routes: {
      type: boolean,
      doc: 'Whether it advertises each floating IP that stands for an instance.',
      create: 'member',
      update: 'member',
      default: true,
      flags: ['advertise-floating-ip-host-routes', 'no-advertise-floating-ip-host-routes'],
    },
    advertise_tenant_networks: {
      type: boolean,
      doc: 'Whether it advertises subnets, and what is delegated to instances, from pools of the external subnet’s address scope.',
      create: 'member',
      update: 'member',
      default: true,
      flags: ['advertise-tenant-networks', 'no-advertise-tenant-networks'],
    },
    peers: { type: list(uuid), doc: 'The peers that it tells.', stored: false, filter: false },
    networks: {
      type: list(uuid),
      doc: 'The external networks of the gateways that it speaks for.',
      stored: false,
      filter: false,
    },
    sessions: {
      type: list(session),
      doc: 'How it stands with each peer, on each host that speaks for it, with the addresses that the peer sees of the host there; without a peer, what keeps the host from it.',
      see: 'admin',
      stored: false,
      filter: false,
    },
    ...rest,
  },
  columns: ['id', 'name', 'local_as', 'ip_version'],
  longColumns: [
    'id',
    'name',
    'local_as',
    'ip_version',
    'advertise_tenant_networks',
    'advertise_floating_ip_host_routes',
    'peers',
    'networks',
    'project_id',
    'description',
  ],
});

export type BgpSpeaker = ResourceOf<typeof bgpSpeaker>;
export type BgpSpeakerCreate = CreateOf<typeof bgpSpeaker>;
export type BgpSpeakerUpdate = UpdateOf<typeof bgpSpeaker>;
export type BgpSession = BgpSpeaker['sessions'][number];
