/** Logs in the API: their attributes. */
import { boolean, nullable, oneOf, text, uuid } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';

export const log = define({
  name: 'log',
  collection: 'logs',
  path: 'log/logs',
  title: 'Log resource',
  command: 'network log',
  doc: 'Packets that security groups let through or drop, to be logged. For administrators.',
  belongings: ['covered_groups'],
  extensions: [
    {
      alias: 'logging',
      name: 'Logging API Extension',
      description: 'Logs of what security groups let through and drop.',
    },
  ],
  attributes: {
    ...identity,
    project_id: { ...ownership.project_id, link: true },
    tenant_id: ownership.tenant_id,
    resource_type: {
      type: text(255),
      doc: 'What is logged: security_group.',
      create: 'member',
      required: true,
    },
    resource_id: {
      type: nullable(uuid),
      doc: 'The security group; all of the project, or of the target, when left out.',
      create: 'member',
      default: null,
      reference: 'security_group',
      link: true,
      flag: 'resource',
      title: 'Resource',
    },
    target_id: {
      type: nullable(uuid),
      doc: 'The port; all of the security groups when left out.',
      create: 'member',
      default: null,
      reference: 'port',
      link: true,
      flag: 'target',
      title: 'Target',
    },
    event: {
      type: oneOf('ALL', 'ACCEPT', 'DROP'),
      doc: 'What became of the packets that are logged.',
      create: 'member',
      default: 'ALL',
    },
    enabled: {
      type: boolean,
      doc: 'Whether they are being logged.',
      create: 'member',
      update: 'member',
      default: true,
      flags: ['enable', 'disable'],
    },
    ...bookkeeping,
  },
  columns: ['id', 'enabled', 'name', 'resource_type', 'event'],
  longColumns: [
    'id',
    'description',
    'enabled',
    'name',
    'target_id',
    'project_id',
    'resource_id',
    'resource_type',
    'event',
  ],
});

export type Log = ResourceOf<typeof log>;
export type LogCreate = CreateOf<typeof log>;
export type LogUpdate = UpdateOf<typeof log>;
