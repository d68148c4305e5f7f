/** BGP peers in the API: their attributes. */
import { address, boolean, integer, nullable, oneOf, text } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';

const { tags: _, ...rest } = bookkeeping;
/** RFC 6793: numbers of autonomous systems have four octets. */
export const asNumber = integer(1, 0xffff_ffff);
/** FRR takes no longer ones (RFC 2385 names 80 as what is to be possible). */
const LONGEST_PASSWORD = 80;

export const bgpPeer = define({
  name: 'bgp_peer',
  collection: 'bgp_peers',
  path: 'bgp-peers',
  title: 'BGP peer',
  doc: 'A router outside that BGP speakers tell what is behind the routers of tenants.',
  extensions: [
    {
      alias: 'bgp_4byte_asn',
      name: 'BGP 4-byte AS numbers',
      description: 'Numbers of autonomous systems up to 4294967295.',
    },
  ],
  attributes: {
    ...identity,
    ...ownership,
    peer_ip: {
      type: address,
      doc: 'Its address on the external networks of the speakers.',
      create: 'member',
      required: true,
      title: 'Peer IP',
    },
    remote_as: {
      type: asNumber,
      doc: 'The number of its autonomous system.',
      create: 'member',
      required: true,
      title: 'Remote AS',
    },
    auth_type: {
      type: oneOf('none', 'md5'),
      doc: 'Whether each segment is signed (RFC 2385).',
      create: 'member',
      default: 'none',
      title: 'Auth Type',
    },
    password: {
      type: nullable(text(LONGEST_PASSWORD)),
      doc: 'What segments are signed with; never shown.',
      create: 'member',
      update: 'member',
      default: null,
      hidden: true,
      stored: false,
      filter: false,
    },
    bfd: {
      type: boolean,
      doc: 'Whether BFD watches the session (RFC 5882): then a host that is gone is missed within a second.',
      create: 'member',
      update: 'member',
      default: false,
      flags: ['bfd', 'no-bfd'],
      title: 'BFD',
    },
    ...rest,
  },
  columns: ['id', 'name', 'peer_ip', 'remote_as'],
  longColumns: ['id', 'name', 'peer_ip', 'remote_as', 'auth_type', 'bfd', 'project_id', 'description'],
});

export type BgpPeer = ResourceOf<typeof bgpPeer>;
export type BgpPeerCreate = CreateOf<typeof bgpPeer>;
export type BgpPeerUpdate = UpdateOf<typeof bgpPeer>;
