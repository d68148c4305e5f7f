/** QoS policies in the API: their attributes. */
import { boolean, freeObject, list } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';

export const qosPolicy = define({
  name: 'policy',
  collection: 'policies',
  path: 'qos/policies',
  title: 'QoS policy',
  command: 'network qos policy',
  doc: 'How much instances may send and get, and how their packets are marked: its rules hold for each of the ports that have it.',
  belongings: ['rules'],
  counted: { usual: 100 },
  extensions: [
    { alias: 'qos', name: 'Quality of Service', description: 'QoS policies of networks and ports.' },
    { alias: 'qos-bw-limit-direction', name: 'Direction for QoS bandwidth limit rule', description: 'Both.' },
    { alias: 'qos-default', name: 'QoS default policy', description: 'A policy of new networks.' },
    { alias: 'qos-pps', name: 'QoS Rule Type Packet per Second Extension', description: 'Packets of ports.' },
    { alias: 'qos-rule-type-details', name: 'Details of QoS rule types', description: 'And what enforces.' },
    { alias: 'qos-rules-alias', name: 'QoS Rules Alias', description: 'Rules by their id alone.' },
  ],
  attributes: {
    ...identity,
    ...ownership,
    shared: {
      type: boolean,
      doc: 'Whether other projects may use it.',
      create: 'admin',
      update: 'admin',
      default: false,
      flags: ['share', 'no-share'],
    },
    is_default: {
      type: boolean,
      doc: 'Whether new networks of its project have it that name none; one of a project is at most.',
      create: 'member',
      update: 'member',
      default: false,
      flags: ['default', 'no-default'],
    },
    rules: {
      type: list(freeObject(4095)),
      doc: 'Its rules, of all kinds.',
      stored: false,
      filter: false,
    },
    ...bookkeeping,
  },
  columns: ['id', 'name', 'shared', 'is_default', 'project_id'],
  longColumns: ['id', 'name', 'shared', 'is_default', 'project_id', 'rules', 'tags'],
});

export type QosPolicy = ResourceOf<typeof qosPolicy>;
export type QosPolicyCreate = CreateOf<typeof qosPolicy>;
export type QosPolicyUpdate = UpdateOf<typeof qosPolicy>;
