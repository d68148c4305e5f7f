/** Hosts in the API, which Neutron calls agents: their attributes. */
import { boolean, freeObject, nullable, text } from '../definition/attribute-types.ts';
import { define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity } from '../definition/standard-attributes.ts';
import { zones } from './zone-names.ts';

const { created_at, updated_at, revision_number } = bookkeeping;
const time = text(32);
const MAX_CONFIGURATIONS = 16_384;

export const agent = define({
  name: 'agent',
  collection: 'agents',
  path: 'agents',
  title: 'Host',
  command: 'host',
  nameAttribute: 'host',
  doc: 'A machine that runs instances, as it was heard of last. It comes by `sextant host join`. For administrators.',
  extensions: [
    { alias: 'agent', name: 'agent', description: 'The hosts there are, and whether they live.' },
    {
      alias: 'availability_zone',
      name: 'Availability Zone',
      description: 'The zones of agents, all of them, and hints where something would best be.',
    },
  ],
  attributes: {
    id: identity.id,
    host: { type: text(255), doc: 'Its name, as binding:host_id has it.' },
    agent_type: { type: text(64), doc: 'As Neutron with OVN calls what runs there.' },
    binary: { type: text(64), doc: 'The program that has it take part.' },
    topic: { type: text(64), doc: 'n/a: nothing is sent to it.', stored: false, filter: false },
    availability_zone: {
      type: zones,
      doc: 'Its zone, or several with commas: as it was told when it joined.',
      update: 'admin',
    },
    admin_state_up: {
      type: boolean,
      doc: 'Whether it may be given something new.',
      update: 'admin',
      flags: ['enable', 'disable'],
      title: 'State',
    },
    alive: {
      type: boolean,
      doc: 'Whether it was heard of in the last 75 seconds.',
      stored: false,
      filter: false,
    },
    started_at: { type: time, doc: 'When it was heard of first since it was away (UTC).' },
    heartbeat_timestamp: { type: time, doc: 'When it was heard of last (UTC).' },
    certificate_expires_at: {
      type: nullable(time),
      doc: 'When its certificate ends (UTC); none for the host that the service shares its machine with.',
    },
    configurations: {
      type: freeObject(MAX_CONFIGURATIONS),
      doc: 'What it says of itself: its chassis, where its tunnels end, its physical networks.',
      filter: false,
    },
    description: { type: text(255), doc: 'A description.', update: 'admin', default: '' },
    created_at,
    updated_at,
    revision_number,
  },
  columns: ['id', 'host', 'alive', 'admin_state_up', 'heartbeat_timestamp', 'certificate_expires_at'],
  longColumns: [
    'id',
    'host',
    'alive',
    'admin_state_up',
    'heartbeat_timestamp',
    'certificate_expires_at',
    'agent_type',
    'binary',
    'availability_zone',
    'started_at',
    'configurations',
    'description',
  ],
});

export type Agent = ResourceOf<typeof agent>;
export type AgentUpdate = UpdateOf<typeof agent>;
