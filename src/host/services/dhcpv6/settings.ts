/** What DHCPv6 tells a client beside addresses: DNS, NTP, boot file, its name, and what its port asks for. */

import {
  dhcpv6Gives,
  type NetworkFacts,
  type PortFacts,
  type SubnetFacts,
} from '../../../host-contract/index.ts';
import {
  DHCPV6_OPTION,
  type Dhcpv6Option,
  findOption,
  namedDhcpv6Option,
  PacketError,
} from '../../../packets/index.ts';
import { resolverOn } from '../resolver.ts';

/** Seconds after which a client that has no lease asks again for its settings (RFC 8415 section 21.23). */
const REFRESH_SECONDS = 3_600;

/** What clients get that do not say what they want. */
const USUAL: readonly number[] = [DHCPV6_OPTION['dns-servers'], DHCPV6_OPTION['domain-search']];

/** S: the server makes the name's AAAA record; O: although the client said otherwise (RFC 4704 section 4.1). */
const FQDN = { server: 1, override: 2 } as const;

/**
 * The options of an answer: of what the client asks for (RFC 8415 section 18.3), what there is to be told. Options of
 * the port (`extra_dhcp_opts`) go before those of its subnets.
 */
export function settingsFor(
  asked: readonly Dhcpv6Option[],
  port: PortFacts,
  network: NetworkFacts,
): Dhcpv6Option[] {
  const codes = findOption(asked, 'option-request')?.codes ?? USUAL;
  const wanted = new Set(codes);
  const fqdn = findOption(asked, 'client-fqdn');
  if (fqdn !== undefined) wanted.add(DHCPV6_OPTION['client-fqdn']);
  return settingsOf(port, network, fqdn?.flags).filter((option) => wanted.has(codeOf(option)));
}

/**
 * All that there is to be told.
 * @param fqdn the flags with which the client told its name, if it did
 */
export function settingsOf(port: PortFacts, network: NetworkFacts, fqdn?: number): Dhcpv6Option[] {
  const told = new Map<number, Dhcpv6Option>();
  for (const option of [...usualSettings(port, network), ...fullName(port, network, fqdn)]) {
    told.set(codeOf(option), option);
  }
  for (const option of portOptions(port)) told.set(codeOf(option), option);
  return [...told.values()];
}

function usualSettings(port: PortFacts, network: NetworkFacts): Dhcpv6Option[] {
  const { servers, domains } = resolverOn(subnetsServing(port, network), network);
  const options: Dhcpv6Option[] = [{ kind: 'information-refresh-time', seconds: REFRESH_SECONDS }];
  if (servers.length > 0) options.push({ kind: 'dns-servers', servers });
  if (domains.length > 0) options.push({ kind: 'domain-search', domains });
  return options;
}

/** The subnets that DHCPv6 serves and the port has addresses of; all that it serves when there is none such. */
function subnetsServing(port: PortFacts, network: NetworkFacts): SubnetFacts[] {
  const served = network.subnets.filter((subnet) => isServed(subnet));
  const own = served.filter(({ id }) => port.fixedIps.some(({ subnetId }) => subnetId === id));
  return own.length > 0 ? own : served;
}

/** Whether DHCPv6 has anything to say on a subnet. */
export const isServed = (subnet: SubnetFacts): boolean =>
  subnet.prefix.family === 6 && dhcpv6Gives(subnet) !== 'nothing';

/** The name that the client has in DNS (RFC 4704 section 6). */
function fullName(port: PortFacts, network: NetworkFacts, asked = 0): Dhcpv6Option[] {
  if (port.hostname === '') return [];
  const flags = FQDN.server | ((asked & FQDN.server) === 0 ? FQDN.override : 0);
  const complete = network.dnsDomain !== '';
  const name = complete ? `${port.hostname}.${network.dnsDomain}` : port.hostname;
  return [{ kind: 'client-fqdn', flags, name, complete }];
}

/** An option that cannot be sent is left out: the API lets none in. */
function portOptions(port: PortFacts): Dhcpv6Option[] {
  return port.dhcpOptions.flatMap(({ name, value, family }) => {
    if (family !== 6) return [];
    try {
      return [namedDhcpv6Option(name, value)];
    } catch (error) {
      if (error instanceof PacketError) return [];
      throw error;
    }
  });
}

const codeOf = (option: Dhcpv6Option): number =>
  option.kind === 'other' ? option.code : DHCPV6_OPTION[option.kind];
