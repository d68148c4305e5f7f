/** Rules of `extra_dhcp_opts`: pure. */

import { errors } from '../../errors/index.ts';
import { namedDhcpv6Option, PacketError } from '../../packets/index.ts';
import type { Port, PortCreate, PortUpdate } from './definition.ts';

type DhcpOption = Port['extra_dhcp_opts'][number];

/** @throws RequestError 400 for an option of DHCPv6 that there is not, or that cannot have its value */
export function checkDhcpOptions({ extra_dhcp_opts: options = [] }: PortCreate | PortUpdate): void {
  for (const [index, { opt_name, opt_value, ip_version }] of options.entries()) {
    // Without a value an option is taken away: there is nothing to check.
    if (ip_version !== 6 || opt_value === null) continue;
    try {
      namedDhcpv6Option(opt_name, opt_value);
    } catch (error) {
      if (!(error instanceof PacketError)) throw error;
      throw errors.port.dhcpOption({ index, reason: error.message });
    }
  }
}

const sameOption = (one: DhcpOption, other: DhcpOption): boolean =>
  one.opt_name === other.opt_name && (one.ip_version ?? 4) === (other.ip_version ?? 4);

/** The options of a port after those given are set; one without a value is taken away. */
export const changedOptions = (
  current: readonly DhcpOption[],
  given: readonly DhcpOption[],
): DhcpOption[] => [
  ...current.filter((option) => !given.some((other) => sameOption(option, other))),
  ...given.filter(({ opt_value }) => opt_value !== null),
];
