/** The use cases that nothing of Sextant serves yet, and what each of them takes. */
import type { UseCase, UseCaseId } from '../kit/use-case.ts';

const notBuilt = (id: UseCaseId, title: string, ...missing: string[]): UseCase => ({
  id,
  title,
  claim: 'no',
  missing,
});

export const routedExternal = notBuilt(
  'routed-external',
  'Tenant subnet routed to an external IPv6 network, by several gateway hosts',
  'External gateways, their scheduling over hosts, and upstream gateways by link-local address are not built.',
);

export const floatingIp = notBuilt(
  'floating-ip',
  'Private IPv6 to external IPv6 floating IP, by REST, CLI and console; IPv4 too',
  'Floating IPs are not built.',
);

export const sriov = notBuilt(
  'sr-iov',
  'IPv6 and IPv4 parity for pass-through (SR-IOV)',
  'Ports of vnic_type direct are stored, but RA, DHCPv6 and metadata are not served to a VF.',
);

export const dvr = notBuilt(
  'dvr',
  'Distributed virtual routing for IPv6',
  'Several hosts, floating IPs and external gateways, which it is about, are not built.',
);

export const l3Ha = notBuilt(
  'l3-ha',
  'Highly available routing for IPv6',
  'Several gateway hosts and their failover are not built.',
);
