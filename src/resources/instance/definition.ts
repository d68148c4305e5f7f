/** Instances in the API: their attributes. */
import { list, object, oneOf, stringMap, text, uuid } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';
import { hostName } from './host-name.ts';
import { sshPublicKey } from './ssh-public-key.ts';
import { maxEncoded, USER_DATA_ENCODINGS } from './user-data.ts';

export const instance = define({
  name: 'instance',
  collection: 'instances',
  path: 'instances',
  title: 'Instance',
  doc: "What the metadata service tells an instance. A port is its when the port's device_id is its id, and both are of one project.",
  counted: { usual: 500 },
  attributes: {
    ...identity,
    ...ownership,
    hostname: {
      type: hostName,
      doc: 'Its host name; left out, the dns_name of its port, or its name.',
      create: 'member',
      update: 'member',
      default: '',
      title: 'Host Name',
    },
    user_data: {
      type: text(maxEncoded),
      doc: 'What cloud-init or the like is to do in it: at most 64 KiB.',
      create: 'member',
      update: 'member',
      default: '',
      filter: false,
    },
    user_data_encoding: {
      type: oneOf(...USER_DATA_ENCODINGS),
      doc: 'How user_data is written: text, or base64 for what is no text. The instance gets what that stands for.',
      create: 'member',
      update: 'member',
      default: 'text',
      filter: false,
    },
    public_keys: {
      type: list(object({ key: sshPublicKey }, { name: text(255) }), 50),
      doc: 'SSH public keys that may log in. The name of one is its comment when left out.',
      create: 'member',
      update: 'member',
      default: [],
      flag: 'public-key',
    },
    metadata: {
      type: stringMap(128, 255),
      doc: 'Words of your own for what runs in it.',
      create: 'member',
      update: 'member',
      default: {},
      flag: 'property',
    },
    availability_zone: {
      type: text(255),
      doc: 'Where it is told to run.',
      create: 'member',
      update: 'member',
      default: 'nova',
    },
    ports: { type: list(uuid), doc: 'Its ports.', stored: false, filter: false },
    ...bookkeeping,
  },
  columns: ['id', 'name', 'hostname', 'ports'],
  longColumns: ['id', 'name', 'hostname', 'ports', 'availability_zone', 'metadata', 'tags'],
});

export type Instance = ResourceOf<typeof instance>;
export type InstanceCreate = CreateOf<typeof instance>;
export type InstanceUpdate = UpdateOf<typeof instance>;
