/** The addresses that OVN knows of a port, and those that it lets through. Pure. */
import { LINK_LOCAL, linkLocalAddress, type Mac } from '../../../addressing/index.ts';
import { openPrefixesOfPort } from './facts.ts';
import type { PortRecord } from './record.ts';

const EVERYTHING = ['::/0', '0.0.0.0/0'];

/**
 * `addresses` of an instance's logical switch port: what OVN answers ARP and ND for. The link-local address is
 * named although OVN would imply it, for otherwise nobody can resolve it (OVN drops such advertisements). For what its
 * instance took, that answers itself: who has it may change without OVN. Which of its ports has a virtual router's MAC
 * address changes without a word to us: for that OVN learns from what they send, as for addresses that are unknown.
 */
export function portAddresses(port: PortRecord): string[] {
  const fixed = port.fixedIps.map(({ address }) => address);
  const own = [port.mac, ...new Set([linkLocalAddress(port.mac), ...fixed].map(String))].join(' ');
  if (!port.portSecurity || hasVirtualRouter(port)) return [own, 'unknown'];
  const others = pairsByMac(port).keys();
  return [own, ...[...others].filter((mac) => mac !== port.mac.toString())];
}

/**
 * `port_security`: the sources that the port may use, one entry for each MAC address; empty for any. It lets through
 * what the guard lets through, and knows less: that an address in an open prefix is another port's, for instance.
 * OVN learns MAC addresses of ports without it alone, so a virtual router's ports have the guard and nothing else.
 */
export function portSecurity(port: PortRecord): string[] {
  if (!port.portSecurity || hasVirtualRouter(port)) return [];
  const anything = port.role === 'router' ? EVERYTHING : [];
  const open = openPrefixesOfPort(port);
  const byMac = pairsByMac(port);
  const own = port.mac.toString();
  const addresses = [
    ...port.fixedIps.map(({ address }) => address),
    ...(byMac.get(own)?.pairs ?? []),
    ...open,
    ...port.delegatedPrefixes,
    ...anything,
  ];
  byMac.delete(own);
  const linkLocal = [linkLocalAddress(port.mac), ...open.filter((prefix) => LINK_LOCAL.covers(prefix))];
  return [
    entry(port.mac, addresses),
    ...Array.from(byMac.values(), ({ mac, pairs }) => entry(mac, [...pairs, ...linkLocal, ...anything])),
  ];
}

const hasVirtualRouter = ({ allowedAddressPairs }: PortRecord): boolean =>
  allowedAddressPairs.some(({ mac }) => mac?.isVirtualRouter);

function entry(mac: Mac, addresses: readonly unknown[]): string {
  return [mac, ...new Set([linkLocalAddress(mac), ...addresses].map(String))].join(' ');
}

function pairsByMac({
  mac: own,
  allowedAddressPairs,
}: PortRecord): Map<string, { mac: Mac; pairs: string[] }> {
  const byMac = new Map<string, { mac: Mac; pairs: string[] }>();
  for (const { mac = own, address } of allowedAddressPairs) {
    const entry = byMac.get(mac.toString());
    if (entry === undefined) byMac.set(mac.toString(), { mac, pairs: [address] });
    else entry.pairs.push(address);
  }
  return byMac;
}
