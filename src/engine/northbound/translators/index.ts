/** Addresses of the translators on gateways' hosts, as instances see them: one set for all routers. */
import { NAT64_CLIENTS } from '../../../host-contract/index.ts';
import { commonUnit } from '../common-unit.ts';
import { key, TRANSLATORS_NAME } from '../names.ts';

export const translatorsUnit = commonUnit('translators', () => [
  {
    table: 'Address_Set',
    key: key.addressSet(4),
    columns: { name: TRANSLATORS_NAME, addresses: [NAT64_CLIENTS.toString()] },
  },
]);
