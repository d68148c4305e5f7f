/** Trunks in the API: their attributes. */
import { boolean, integer, list, object, oneOf, uuid } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';

/** Of one trunk: as many as there are VLANs. */
const MOST_SUBPORTS = 4094;

const segmentationType = oneOf('vlan');
const vlan = integer(1, 4094);
const subport = object({ port_id: uuid, segmentation_type: segmentationType, segmentation_id: vlan }, {});

export const subportList = list(subport, MOST_SUBPORTS);
/** As they are taken off: the port says which. */
export const leavingList = list(
  object({ port_id: uuid }, { segmentation_type: segmentationType, segmentation_id: vlan }),
  MOST_SUBPORTS,
);

export const trunk = define({
  name: 'trunk',
  collection: 'trunks',
  path: 'trunks',
  title: 'Trunk',
  command: 'network trunk',
  doc: 'Has the instance of one port use further ports, its subports, each by frames with a VLAN of its own.',
  belongings: ['subports'],
  extensions: [
    { alias: 'trunk', name: 'Trunk Extension', description: 'Several networks by one port.' },
    { alias: 'trunk-details', name: 'Trunk port details', description: 'trunk_details of ports.' },
  ],
  counted: { usual: -1 },
  attributes: {
    ...identity,
    ...ownership,
    port_id: {
      type: uuid,
      doc: 'The port of the instance, its parent port: it uses this one without a VLAN.',
      create: 'member',
      required: true,
      link: true,
      reference: 'port',
      flag: 'parent-port',
      title: 'Parent Port',
    },
    admin_state_up: {
      type: boolean,
      doc: 'Whether it may be changed and deleted; what it carries goes on.',
      create: 'member',
      update: 'member',
      default: true,
      flags: ['enable', 'disable'],
    },
    status: {
      type: oneOf('ACTIVE', 'DOWN', 'BUILD'),
      doc: 'ACTIVE when its parent port and all subports are, DOWN while the parent port is not.',
      stored: false,
      filter: false,
    },
    sub_ports: {
      type: subportList,
      doc: 'A further port, with the VLAN by which the instance uses it.',
      create: 'member',
      default: [],
      stored: false,
      filter: false,
      flag: 'subport',
      members: {
        port_id: { key: 'port', reference: 'port' },
        segmentation_type: { key: 'segmentation-type' },
        segmentation_id: { key: 'segmentation-id' },
      },
      actions: { add: 'add_subports', remove: 'remove_subports' },
    },
    ...bookkeeping,
  },
  columns: ['id', 'name', 'port_id', 'description'],
  longColumns: ['id', 'name', 'port_id', 'description', 'status', 'admin_state_up', 'tags'],
});

export type Trunk = ResourceOf<typeof trunk>;
export type TrunkCreate = CreateOf<typeof trunk>;
export type TrunkUpdate = UpdateOf<typeof trunk>;
export type Subport = Trunk['sub_ports'][number];
