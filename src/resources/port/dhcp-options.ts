/** Rules of `extra_dhcp_opts`. */

import { errors } from '../../errors/index.ts';
import { namedDhcpv6Option, PacketError } from '../../packets/index.ts';
import type { PortCreate, PortUpdate } from './definition.ts';

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
