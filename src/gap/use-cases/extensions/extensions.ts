/** What goes beyond unicast between two: multicast, anycast, virtual routers. */
import { defineUseCase, type Trial } from '../../kit/index.ts';
import { tryAnycast } from './anycast-service.ts';
import { tryMulticast } from './multicast-groups.ts';
import { tryVirtualRouter } from './virtual-router.ts';

const parts: readonly ((trial: Trial) => Promise<void>)[] = [
  (trial) => tryMulticast(trial, 'tenant'),
  (trial) => tryMulticast(trial, 'vlan'),
  tryAnycast,
  (trial) => tryVirtualRouter(trial, "the master's"),
  (trial) => tryVirtualRouter(trial, 'the virtual'),
];

export const extensionsUseCase = defineUseCase({
  id: 'extensions',
  title: 'IPsec, anycast, multicast',
  claim: 'partial',
  missing: [
    'Tunnels between hosts are not encrypted: IPsec is not built.',
    'All instances are on one host: no multicast crossed a tunnel.',
  ],
  gather: (trial) => trial.each(parts, (part, act) => act(part)),
});
