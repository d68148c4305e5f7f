/** What trunks refuse. */
import { BAD_REQUEST, catalogue } from './entry.ts';

const COMING = ['create_trunk', 'add_subports'] as const;

export const trunkErrors = catalogue({
  portInUse: {
    type: 'TrunkPortInUse',
    status: 409,
    message: 'Port {port} is in use by another trunk.',
    when: 'The port is a subport of a trunk already.',
    wayOut: 'Take it off that trunk first, or name another port.',
    operations: COMING,
  },
  parentInUse: {
    type: 'ParentPortInUse',
    status: 409,
    message: 'Port {port} is currently in use and is not eligible for use as a parent port.',
    when: 'The port is the parent of a trunk already, a router’s or the network’s own, or hardware past the switch of its host; or it would be its own subport.',
    wayOut: 'Name another port.',
    operations: COMING,
  },
  attached: {
    type: 'PortInUse',
    status: 409,
    message:
      'Unable to complete operation on port {port} for network {network}. Port already has an attached device {device}.',
    when: 'A port that an instance or a router has would become a subport.',
    wayOut: 'Name a port without `device_id`.',
    operations: COMING,
  },
  mtu: {
    type: 'SubPortMtuGreaterThanTrunkPortMtu',
    status: 409,
    message: 'MTU {own} of subport {port} cannot be greater than MTU {mtu} of trunk {trunk}.',
    when: 'The network of a subport has, or would have, larger packets than that of the parent port.',
    wayOut: 'Lower the MTU of the subport’s network first, or raise that of the parent’s.',
    operations: [...COMING, 'update_network'],
  },
  twice: {
    ...BAD_REQUEST,
    message: 'Invalid input for sub_ports. Reason: {what} is there twice.',
    when: 'A request names one port or one VLAN for two subports.',
    wayOut: 'Give each subport a port and a VLAN of its own.',
    operations: COMING,
  },
  duplicate: {
    type: 'DuplicateSubPort',
    status: 409,
    message: 'segmentation_type vlan and segmentation_id {vlan} already in use on trunk {trunk}.',
    when: 'Another subport of the trunk has the VLAN.',
    wayOut: 'Choose another `segmentation_id`.',
    operations: ['add_subports'],
  },
  subportNotFound: {
    type: 'SubPortNotFound',
    status: 404,
    message: 'SubPort on trunk {trunk} with parent port {port} could not be found.',
    when: 'The port is no subport of this trunk.',
    wayOut: 'Look them up: `GET /v2.0/trunks/ID/get_subports`.',
    operations: ['remove_subports'],
  },
  disabled: {
    type: 'TrunkDisabled',
    status: 409,
    message: 'Trunk {id} is currently disabled.',
    when: 'A trunk with `admin_state_up` false is to be changed or deleted.',
    wayOut: 'Set `admin_state_up` to true first.',
    operations: ['add_subports', 'remove_subports', 'delete_trunk'],
  },
});
