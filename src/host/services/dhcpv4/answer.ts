/**
 * What a DHCPv4 server answers (RFC 2131 section 4.3). Pure: the lease is the address that the port has, so there is
 * nothing to remember. The client is its port, known by the source MAC that the guard keeps honest.
 */
import { Address } from '../../../addressing/index.ts';
import {
  dhcpv4Settings,
  type NetworkFacts,
  type PortFacts,
  SERVICE_ADDRESS_V4,
  type SubnetFacts,
} from '../../../host-contract/index.ts';
import {
  addressOctets,
  concat,
  DHCPV4_OPTION,
  DHCPV4_TYPE,
  type Dhcpv4Message,
  u8,
  u16,
  u32,
} from '../../../packets/index.ts';

/** Seconds of a lease, as OVN has them on other networks. */
const LEASE_SECONDS = 43_200;
/** V6ONLY_WAIT: seconds for which a client that can does without IPv4 (RFC 8925 section 3.4; at least 300). */
const IPV6_ONLY_SECONDS = 1_800;

const NOBODY = Address.parse('0.0.0.0');

/** What the port's instance gets. */
interface Lease {
  readonly address: Address;
  readonly subnet: SubnetFacts;
}

/** @returns the answer; undefined for what a server must not answer, or has nothing for */
export function dhcpv4Answer(
  question: Dhcpv4Message,
  port: PortFacts,
  network: NetworkFacts,
): Dhcpv4Message | undefined {
  const { by, relay, clientMac, options } = question;
  if (by !== 'client' || !relay.isUnspecified || !clientMac.equals(port.mac) || port.isRouterPort)
    return undefined;
  const lease = leaseOf(port, network);
  const server = addressIn(options.get(DHCPV4_OPTION.serverIdentifier));
  if (server !== undefined && !server.equals(SERVICE_ADDRESS_V4)) return undefined;
  const told = toldOf(question, network);
  switch (options.get(DHCPV4_OPTION.messageType)?.[0]) {
    case DHCPV4_TYPE.discover:
      // Who can do without IPv4 is told so also where there is none (RFC 8925 section 3.3): it asks no more.
      if (lease === undefined && !told.has(DHCPV4_OPTION.ipv6OnlyPreferred)) return undefined;
      return reply(question, 'offer', lease?.address ?? NOBODY, [...leased(lease), ...told]);
    case DHCPV4_TYPE.request:
      return requested(question, lease, told);
    case DHCPV4_TYPE.inform:
      return lease && reply(question, 'ack', NOBODY, [...settingsOf(lease, network), ...told]);
    default:
      return undefined;
  }

  function leased(to: Lease | undefined): [number, Uint8Array][] {
    return to === undefined
      ? [[DHCPV4_OPTION.leaseTime, u32(IPV6_ONLY_SECONDS)]]
      : [[DHCPV4_OPTION.leaseTime, u32(LEASE_SECONDS)], ...settingsOf(to, network)];
  }

  function requested(
    { clientAddress }: Dhcpv4Message,
    to: Lease | undefined,
    further: ReadonlyMap<number, Uint8Array>,
  ): Dhcpv4Message | undefined {
    const wish = clientAddress.isUnspecified
      ? addressIn(options.get(DHCPV4_OPTION.requestedAddress))
      : clientAddress;
    if (wish === undefined) return undefined;
    if (to === undefined || !wish.equals(to.address)) return reply(question, 'nak', NOBODY, []);
    return reply(question, 'ack', to.address, [...leased(to), ...further]);
  }
}

/** The first address of the port on a subnet with DHCP. */
function leaseOf({ fixedIps }: PortFacts, network: NetworkFacts): Lease | undefined {
  for (const { address, subnetId } of fixedIps) {
    const subnet = network.subnets.find(({ id }) => id === subnetId);
    if (address.family === 4 && subnet?.enableDhcp) return { address, subnet };
  }
  return undefined;
}

/** What goes into each answer, if the client asked for it (RFC 8925 section 3.3) or gave it (RFC 6842). */
function toldOf({ options }: Dhcpv4Message, { nat64Prefix }: NetworkFacts): Map<number, Uint8Array> {
  const told = new Map<number, Uint8Array>();
  const asked = options.get(DHCPV4_OPTION.parameterRequestList);
  if (nat64Prefix !== undefined && asked?.includes(DHCPV4_OPTION.ipv6OnlyPreferred))
    told.set(DHCPV4_OPTION.ipv6OnlyPreferred, u32(IPV6_ONLY_SECONDS));
  const identifier = options.get(DHCPV4_OPTION.clientIdentifier);
  if (identifier !== undefined) told.set(DHCPV4_OPTION.clientIdentifier, identifier);
  return told;
}

function settingsOf({ subnet }: Lease, network: NetworkFacts): [number, Uint8Array][] {
  const { routes, dnsServers } = dhcpv4Settings(subnet);
  const mask = 0xffff_ffffn ^ (subnet.prefix.size - 1n);
  const settings: [number, Uint8Array][] = [[DHCPV4_OPTION.subnetMask, u32(Number(mask))]];
  if (subnet.gateway !== undefined) settings.push([DHCPV4_OPTION.router, addressOctets(subnet.gateway)]);
  if (dnsServers.length > 0)
    settings.push([DHCPV4_OPTION.dnsServers, concat(...dnsServers.map(addressOctets))]);
  if (network.dnsDomain !== '')
    settings.push([DHCPV4_OPTION.domainName, Buffer.from(network.dnsDomain, 'latin1')]);
  settings.push([DHCPV4_OPTION.mtu, u16(network.mtu)]);
  // As many octets of a destination as its length needs (RFC 3442).
  const written = routes.map(({ destination: { network: first, length }, nexthop }) =>
    concat(u8(length), addressOctets(first).subarray(0, Math.ceil(length / 8)), addressOctets(nexthop)),
  );
  settings.push([DHCPV4_OPTION.classlessRoutes, concat(...written)]);
  return settings;
}

function reply(
  question: Dhcpv4Message,
  type: 'offer' | 'ack' | 'nak',
  yourAddress: Address,
  options: readonly (readonly [number, Uint8Array])[],
): Dhcpv4Message {
  return {
    ...question,
    by: 'server',
    clientAddress: type === 'ack' ? question.clientAddress : NOBODY,
    yourAddress,
    options: new Map([
      [DHCPV4_OPTION.messageType, u8(DHCPV4_TYPE[type])],
      [DHCPV4_OPTION.serverIdentifier, addressOctets(SERVICE_ADDRESS_V4)],
      ...options,
    ]),
  };
}

function addressIn(octets: Uint8Array | undefined): Address | undefined {
  if (octets?.length !== 4) return undefined;
  return Address.of(4, BigInt(Buffer.from(octets).readUInt32BE(0)));
}
