/** Ports of pass-through hardware: whatever an ordinary port's instance is told and given, theirs are too. */
import { defineUseCase, type Trial } from '../../kit/index.ts';
import { tryLeases } from '../address-modes/dhcpv6-leases.ts';
import { tryHardwareApi } from './hardware-api.ts';
import { tryParity } from './parity.ts';

export const sriovUseCase = defineUseCase({
  id: 'sr-iov',
  title: 'IPv6 and IPv4 parity for pass-through (SR-IOV)',
  claim: 'yes',
  missing: [],
  limits: [
    'a network card with SR-IOV: a device on the VLAN, past the bridges of guard and OVN, stands for what an instance has of one.',
  ],
  async gather(trial) {
    // How an ordinary port's leases are is a row of its own; here they show that the same was asked of both.
    const leases = trial.isSextant ? [tryOrdinaryLeases, tryHardwareLeases] : [tryHardwareLeases];
    await trial.each([tryParity, ...leases, tryHardwareApi], (part, act) => act(part));
  },
});

const tryOrdinaryLeases = (trial: Trial): Promise<void> =>
  tryLeases(trial, {
    where: 'ordinary lease',
    carrier: 'vlan',
    boot: (part, port) => part.bareInstance('one', port),
  });

const tryHardwareLeases = (trial: Trial): Promise<void> =>
  tryLeases(trial, {
    where: 'hardware lease',
    carrier: 'vlan',
    wish: { 'binding:vnic_type': 'direct' },
    boot: (part, port) => part.bareHardwareInstance('one', port),
  });
