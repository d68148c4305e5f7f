/** Anycast addresses in the API: their attributes. */
import { address, integer, list, object, oneOf, uuid } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';

const seconds = integer(1, 3600);
const times = integer(1, 10);

export const anycastAddress = define({
  name: 'anycast_address',
  collection: 'anycast_addresses',
  path: 'anycast-addresses',
  title: 'Anycast address',
  doc: 'An IPv6 address that several instances serve (RFC 4291 section 2.6): a router spreads its traffic over those that are healthy.',
  counted: { usual: 50 },
  attributes: {
    ...identity,
    ...ownership,
    router_id: {
      type: uuid,
      doc: 'The router that leads to it.',
      create: 'member',
      required: true,
      reference: 'router',
      link: true,
      flag: 'router',
      title: 'Router',
    },
    address: {
      type: address,
      doc: 'The IPv6 address, on no subnet of the router. The instances have it on loopback, or on their device.',
      create: 'member',
      required: true,
    },
    port_ids: {
      type: list(uuid, 64),
      doc: 'The ports whose instances serve it, on networks of the router. They may use it as a source.',
      create: 'member',
      update: 'member',
      default: [],
      audited: true,
      stored: false,
      filter: false,
      reference: 'port',
      link: true,
      flag: 'port',
      title: 'Ports',
    },
    health_check: {
      type: object(
        { type: oneOf('icmp', 'tcp') },
        { port: integer(1, 65535), interval: seconds, timeout: seconds, fall: times, rise: times },
      ),
      doc: "How a member's host asks for it: by echo request, or by TCP to `port`; every `interval` seconds (2), waiting `timeout` (1). After `fall` failures (3) it is out, after `rise` answers (2) in.",
      create: 'member',
      update: 'member',
      default: { type: 'icmp' },
      filter: false,
      flag: 'health-check',
    },
    members: {
      type: list(object({ port_id: uuid, status: oneOf('ACTIVE', 'DOWN', 'BUILD') }, {})),
      doc: 'The ports with their health: ACTIVE answers, DOWN does not or is not plugged in, BUILD was not asked yet.',
      stored: false,
      filter: false,
    },
    status: {
      type: oneOf('ACTIVE', 'DOWN'),
      doc: 'ACTIVE when a member is. While none is, traffic goes to all that are plugged in.',
      stored: false,
      filter: false,
    },
    ...bookkeeping,
  },
  columns: ['id', 'name', 'address', 'router_id', 'status'],
  longColumns: ['id', 'name', 'address', 'router_id', 'status', 'members', 'health_check', 'tags'],
});

export type AnycastAddress = ResourceOf<typeof anycastAddress>;
export type AnycastAddressCreate = CreateOf<typeof anycastAddress>;
export type AnycastAddressUpdate = UpdateOf<typeof anycastAddress>;
