/** The addresses of a port, as the API tells them. */
import { Address, Prefix } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';

type Port = Answered<'port'>;

/** All addresses of a port, in the API's order. */
export const addressesOf = ({ fixed_ips }: Port): Address[] =>
  fixed_ips.map(({ ip_address }) => Address.parse(ip_address!));

/** The port's first IPv6 address; throws when it has none. */
export const ipv6Of = (port: Port): Address => firstOf(port, (address) => address.family === 6);

/** The port's first IPv4 address; throws when it has none. */
export const ipv4Of = (port: Port): Address => firstOf(port, (address) => address.family === 4);

/** The port's first address of a subnet; throws when it has none. */
export const addressIn = (port: Port, { cidr }: Pick<Answered<'subnet'>, 'cidr'>): Address =>
  firstOf(port, (address) => Prefix.parse(cidr).contains(address));

function firstOf(port: Port, test: (address: Address) => boolean): Address {
  const address = addressesOf(port).find(test);
  if (address === undefined) throw new Error(`port ${port.id} has no such address: ${addressesOf(port)}`);
  return address;
}
