/**
 * The device that leads to the other hosts, where the userspace datapath has it: it is a port of a bridge, and the
 * machine has its addresses there, as tunnels end where the address is. The bridge's device comes and goes with the
 * switch's process, and they have to be given to it each time.
 */
import { Address, Prefix } from '../../addressing/index.ts';
import {
  addAddress,
  addRoute,
  findLink,
  kernelAddresses,
  kernelRoutes,
  NetlinkSocket,
  removeAddress,
  SystemCallError,
  setLink,
} from '../../linux/index.ts';
import { UNDERLAY_BRIDGE } from '../../switch/index.ts';

/** What the machine had on the device before; texts, to be kept in a file. */
export interface Underlay {
  readonly device: string;
  readonly mtu: number;
  /** `2001:db8::11/64` */
  readonly addresses: readonly string[];
  readonly routes: readonly { readonly destination: string; readonly gateway: string }[];
}

/**
 * Looks at what the machine has on a device: addresses and routes that somebody set. Those of router advertisements
 * come again by themselves.
 * @returns undefined when there is no such device
 */
export function underlayOn(device: string): Underlay | undefined {
  using socket = new NetlinkSocket(null);
  const link = findLink(socket, device);
  if (link === undefined) return undefined;
  const addresses = kernelAddresses(null)
    .filter(({ device: index, address, dynamic }) => index === link.index && !dynamic && !address.isLinkLocal)
    .map(({ address, prefixLength }) => `${address}/${prefixLength}`);
  const routes = kernelRoutes(null).flatMap(({ device: index, destination, gateway, origin }) =>
    index === link.index && gateway !== undefined && origin !== 'ra'
      ? [{ destination: destination.toString(), gateway: gateway.toString() }]
      : [],
  );
  return { device, mtu: link.mtu, addresses, routes };
}

/**
 * Has the machine be on the bridge what it was on the device; doing it again changes nothing.
 * @returns whether the switch has made the bridge's device yet
 */
export function moveToBridge({ device, mtu, addresses, routes }: Underlay): boolean {
  using socket = new NetlinkSocket(null);
  const bridge = findLink(socket, UNDERLAY_BRIDGE);
  const link = findLink(socket, device);
  if (bridge === undefined || link === undefined) return false;
  setLink(socket, bridge.index, { mtu, up: true });
  setLink(socket, link.index, { up: true });
  for (const text of addresses) {
    const { address, length } = addressAndLength(text);
    take(link.index, address, length);
  }
  giveTo(bridge.index, { addresses, routes });
  return true;
}

/** Has the machine be on the device again what it was before: once the bridge is gone, its addresses are, too. */
export function moveFromBridge({ device, addresses, routes }: Underlay): void {
  using socket = new NetlinkSocket(null);
  const link = findLink(socket, device);
  if (link === undefined) return;
  giveTo(link.index, { addresses, routes });
}

function giveTo(device: number, { addresses, routes }: Pick<Underlay, 'addresses' | 'routes'>): void {
  for (const text of addresses) {
    const { address, length } = addressAndLength(text);
    addAddress(null, device, address, length);
  }
  for (const { destination, gateway } of routes) {
    addRoute(null, device, { destination: Prefix.parse(destination), gateway: Address.parse(gateway) });
  }
}

function take(device: number, address: Address, length: number): void {
  try {
    removeAddress(null, device, address, length);
  } catch (error) {
    if (!(error instanceof SystemCallError) || error.code !== 'EADDRNOTAVAIL') throw error;
  }
}

function addressAndLength(text: string): { address: Address; length: number } {
  const [address = '', length] = text.split('/');
  return { address: Address.parse(address), length: Number(length) };
}
