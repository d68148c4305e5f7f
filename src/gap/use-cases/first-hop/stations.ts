/** What the use cases about instances' first hop share: stations on a network, and how they come to be. */
import { Mac } from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import type { InstanceInterface, LabInstance } from '../../../lab/index.ts';
import { type Carrier, configured, ipv4Of, ipv6Of, type Tenant } from '../../kit/index.ts';
import type { Station } from './spoofed-frames.ts';

/** An instance as a station of its network. */
export interface GuestStation extends Station {
  readonly instance: LabInstance;
  readonly device: InstanceInterface;
  readonly port: Answered<'port'>;
}

/** What cannot be seen where all instances are plugged into one switch. */
export const ONE_HOST_AND_DATAPATH = [
  'instances on several hosts, one of which attacks those of another.',
  "Open vSwitch's other datapath: that of the kernel where this was its userspace one, and the other way round.",
] as const;

/** How evidence names the kind of a network. */
export const whereOf = (carrier: Carrier): string => (carrier === 'vlan' ? 'VLAN' : 'tenant network');

/** Waits until an instance's eth0 has the IPv6 address of its port, which has an IPv4 address as well. */
export async function guestOf(port: Answered<'port'>, booting: Promise<LabInstance>): Promise<GuestStation> {
  const instance = await booting;
  const device = instance.interface('eth0');
  await configured([device, ipv6Of(port)]);
  return { instance, device, port, mac: device.mac, address: ipv6Of(port), address4: ipv4Of(port) };
}

/** A router's port on the one network that it is attached to. */
export async function routerStation(
  tenant: Tenant,
  router: Answered<'router'>,
): Promise<Pick<Station, 'mac' | 'address'>> {
  const [port] = await tenant.client.list('port', { device_id: router.id });
  return { mac: Mac.parse(port!.mac_address), address: ipv6Of(port!) };
}

/** A security group that lets all through. Connection tracking would drop fragments, and nothing were left to show. */
export async function openGroup(tenant: Tenant): Promise<Answered<'security_group'>> {
  const group = await tenant.make('security_group', { name: 'open', stateful: false });
  for (const ethertype of ['IPv6', 'IPv4'] as const) await tenant.allow(group, { ethertype });
  return group;
}
