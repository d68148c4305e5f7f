/**
 * `network_data.json`: links, addresses and DNS servers as OpenStack tells them (Nova's schema `network_data.json`,
 * which cloud-init reads). One key is ours: `ipv6_token`. Pure.
 */
import { Address, eui64Address, interfaceIdentifier } from '../addressing/index.ts';
import type { Machine, MachinePort, MachineSubnet } from './machine.ts';

type AddressOfPort = MachinePort['addresses'][number];

interface RouteEntry {
  readonly network: string;
  readonly netmask: string;
  readonly gateway: string;
}

interface NetworkEntry {
  readonly id: string;
  readonly link: string;
  readonly network_id: string;
  readonly type: string;
  readonly ip_address: string;
  readonly netmask?: string;
  readonly gateway?: string;
  readonly routes: RouteEntry[];
  readonly services: { readonly type: 'dns'; readonly address: string }[];
  /** Interface identifier that makes the address of the subnet's prefix (`ip token set`), where SLAAC would not. */
  readonly ipv6_token?: string;
}

export interface NetworkData {
  readonly links: {
    readonly id: string;
    readonly type: 'ovs';
    readonly vif_id: string;
    readonly mtu: number;
    readonly ethernet_mac_address: string;
  }[];
  readonly networks: NetworkEntry[];
  readonly services: { readonly type: 'dns'; readonly address: string }[];
}

export function networkData({ ports }: Machine): NetworkData {
  const networks = ports.flatMap((port) => port.addresses.map((given) => networkOf(port, given)));
  const servers = new Set(networks.flatMap(({ services }) => services.map(({ address }) => address)));
  return {
    links: ports.map((port) => ({
      id: linkOf(port),
      type: 'ovs',
      vif_id: port.id,
      mtu: port.mtu,
      ethernet_mac_address: port.mac.toString(),
    })),
    networks: networks.map((network, index) => ({ ...network, id: `network${index}` })),
    services: [...servers].map((address) => ({ type: 'dns', address })),
  };
}

/** What Nova calls the port's device. */
const linkOf = ({ id }: MachinePort): string => `tap${id.slice(0, 11)}`;

function networkOf(port: MachinePort, given: AddressOfPort): Omit<NetworkEntry, 'id'> {
  const { address, subnet } = given;
  const type = typeOf(port, given);
  const isStatic = type === 'ipv4' || type === 'ipv6';
  const token = tokenOf(port, given);
  const gateway = isStatic ? subnet.gateway?.toString() : undefined;
  const defaultRoute = gateway ? [{ network: any(address), netmask: any(address), gateway }] : [];
  // DHCPv4 carries routes (RFC 3442); for IPv6 there is nothing that all clients take.
  const routes = address.family === 6 || isStatic ? subnet.routes.map(routeOf) : [];
  return {
    link: linkOf(port),
    network_id: port.networkId,
    type,
    ip_address: address.toString(),
    ...(isStatic && { netmask: netmask(subnet) }),
    ...(gateway && { gateway }),
    routes: [...defaultRoute, ...routes],
    services: subnet.dnsServers
      .filter((server) => !server.isUnspecified)
      .map((server) => ({ type: 'dns', address: server.toString() })),
    ...(token && { ipv6_token: token.toString() }),
  };
}

const any = ({ family }: Address): string => Address.of(family, 0n).toString();

function routeOf({ destination, nexthop }: MachineSubnet['routes'][number]): RouteEntry {
  return {
    network: destination.network.toString(),
    netmask: netmask({ prefix: destination }),
    gateway: nexthop.toString(),
  };
}

/** The prefix length as a mask, which is how this format has it for IPv6 too. */
function netmask({ prefix }: Pick<MachineSubnet, 'prefix'>): string {
  const all = prefix.family === 6 ? (1n << 128n) - 1n : (1n << 32n) - 1n;
  const host = prefix.size - 1n;
  return Address.of(prefix.family, all ^ host).toString();
}

/** The mode by which instances come to addresses of an IPv6 subnet; null for none. */
const modeOf = ({ raMode, addressMode }: MachineSubnet): MachineSubnet['addressMode'] =>
  addressMode ?? raMode;

const formsItsOwn = (subnet: MachineSubnet): boolean =>
  modeOf(subnet) === 'slaac' || modeOf(subnet) === 'dhcpv6-stateless';

/** The token for an address that SLAAC with the port's MAC would not yield (draft-chown-6man-tokenised-ipv6-identifiers). */
function tokenOf({ mac }: MachinePort, { address, subnet }: AddressOfPort): Address | undefined {
  if (address.family !== 6 || subnet.prefix.length !== 64 || !formsItsOwn(subnet)) return undefined;
  if (eui64Address(subnet.prefix, mac).equals(address)) return undefined;
  return Address.of(6, interfaceIdentifier(address));
}

function typeOf(port: MachinePort, given: AddressOfPort): string {
  const { address, subnet } = given;
  if (address.family === 4) return subnet.enableDhcp ? 'ipv4_dhcp' : 'ipv4';
  if (tokenOf(port, given) && canBeStatic(port)) return 'ipv6';
  const mode = modeOf(subnet);
  if (mode !== null) return mode === 'slaac' ? 'ipv6_slaac' : `ipv6_${mode}`;
  return subnet.enableDhcp ? 'ipv6_dhcp' : 'ipv6';
}

/**
 * cloud-init has no word for tokens, but gives a device the addresses that are called static, and then ignores
 * advertisements on it. That is right when no other IPv6 address of the device needs them, and there is a gateway.
 */
const canBeStatic = (port: MachinePort): boolean =>
  port.addresses
    .filter(({ address }) => address.family === 6)
    .every(
      (given) =>
        given.subnet.gateway !== undefined && (tokenOf(port, given) || modeOf(given.subnet) === null),
    );
