/** What address groups refuse. */
import { BAD_REQUEST, catalogue } from './entry.ts';

export const addressGroupErrors = catalogue({
  inUse: {
    type: 'AddressGroupInUse',
    status: 409,
    message: 'Address group {id} is in use on one or more security group rules: delete rule {rule} first.',
    when: 'Rules name the group; when it is no longer shared, those of other projects.',
    wayOut: 'Delete the rules first.',
    operations: ['update_address_group', 'delete_address_group'],
  },
  addressesExist: {
    type: 'AddressesAlreadyExist',
    status: 400,
    message: 'Addresses {addresses} already exist in the address group {id}: leave them out.',
    when: 'Addresses are to be added that the group has.',
    wayOut: 'Leave them out.',
    operations: ['add_addresses'],
  },
  tooManyAddresses: {
    ...BAD_REQUEST,
    message: 'Address group {id} would have {count} addresses and prefixes: at most {maximum} are possible.',
    when: 'A group would have too many: each is an entry in the flows of hosts, for each rule that names the group.',
    wayOut: 'Give prefixes instead of single addresses, or make another group.',
    operations: ['add_addresses'],
  },
  addressesNotFound: {
    type: 'AddressesNotFound',
    status: 404,
    message: 'Addresses {addresses} not found in the address group {id}: leave them out.',
    when: 'Addresses are to be taken off that the group has not.',
    wayOut: 'Leave them out.',
    operations: ['remove_addresses'],
  },
});
