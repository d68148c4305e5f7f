/** The addresses of a port, as the API tells them. */
import { Address } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';

/** All addresses of a port, in the API's order. */
export const addressesOfPort = ({ fixed_ips }: Answered<'port'>): Address[] =>
  fixed_ips.map(({ ip_address }) => Address.parse(ip_address!));

/** The port's first IPv6 address; throws when it has none. */
export const ipv6Of = (port: Answered<'port'>): Address => firstOf(port, (address) => address.family === 6);

/** The port's first IPv4 address; throws when it has none. */
export const ipv4Of = (port: Answered<'port'>): Address => firstOf(port, (address) => address.family === 4);

function firstOf(port: Answered<'port'>, test: (address: Address) => boolean): Address {
  const address = addressesOfPort(port).find(test);
  if (address === undefined) throw new Error(`port ${port.id} has no such address: ${addressesOfPort(port)}`);
  return address;
}
