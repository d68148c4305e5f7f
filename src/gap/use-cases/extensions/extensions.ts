/** What goes beyond plain unicast between two: multicast, anycast, virtual routers, IPsec. */
import { type Carrier, defineUseCase, type Trial } from '../../kit/index.ts';
import { tryAnycastOnLink } from './anycast-on-link.ts';
import { tryAnycast } from './anycast-service.ts';
import { tryIpsec } from './ipsec.ts';
import { tryMulticast } from './multicast-groups.ts';
import { tryMulticastOnLink } from './multicast-on-link.ts';
import { tryVirtualRouter } from './virtual-router.ts';

/** Groups that the network keeps account of, and routers that pass them on, are tried where the API has them. */
async function multicast(trial: Trial, carrier: Carrier): Promise<void> {
  if (trial.can('network.multicast_snooping') && trial.can('router.multicast_relay'))
    return tryMulticast(trial, carrier);
  await tryMulticastOnLink(trial, carrier);
  trial.leaveOut(
    'multicast to members alone, and beyond a router: the API has nothing by which to ask for it.',
  );
}

const anycast = (trial: Trial): Promise<void> =>
  trial.can('anycast_address') ? tryAnycast(trial) : tryAnycastOnLink(trial);

const parts: readonly ((trial: Trial) => Promise<void>)[] = [
  (trial) => multicast(trial, 'tenant'),
  (trial) => multicast(trial, 'vlan'),
  anycast,
  (trial) => tryVirtualRouter(trial, "the master's"),
  (trial) => tryVirtualRouter(trial, 'the virtual'),
  tryIpsec,
];

export const extensionsUseCase = defineUseCase({
  id: 'extensions',
  title: 'IPsec, anycast, multicast',
  claim: 'partial',
  missing: [
    'Tunnels between hosts are encrypted where a setting says so and the kernel has Open vSwitch: not on the datapath in userspace, and not GRE over IPv6.',
    'A rule for AH lets nothing in over IPv6: rules are about what it protects, for Open vSwitch looks behind it.',
    'All instances are on one host: no multicast crossed a tunnel.',
  ],
  untried: ['Nothing tries whether tunnels between hosts are encrypted by IPsec.'],
  gather: (trial) => trial.each(parts, (part, act) => act(part)),
});
