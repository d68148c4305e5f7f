import { linkLocalAddress, type Mac } from '../../addressing/index.ts';
import type { PortRecord } from './records.ts';

/**
 * `addresses` of an instance's logical switch port: what OVN answers ARP and ND for. The link-local address is
 * named although OVN would imply it, for otherwise nobody can resolve it (OVN drops such advertisements).
 */
export function portAddresses(port: PortRecord): string[] {
  const own = [port.mac, linkLocalAddress(port.mac), ...port.fixedIps.map(({ address }) => address)].join(
    ' ',
  );
  if (!port.portSecurity) return [own, 'unknown'];
  const others = pairsByMac(port).keys();
  return [own, ...[...others].filter((mac) => mac !== port.mac.toString())];
}

/** `port_security`: the sources that the port may use, one entry for each MAC address; empty for any. */
export function portSecurity(port: PortRecord): string[] {
  if (!port.portSecurity) return [];
  const byMac = pairsByMac(port);
  const own = port.mac.toString();
  const addresses = [
    ...port.fixedIps.map(({ address }) => address.toString()),
    ...(byMac.get(own)?.pairs ?? []),
  ];
  byMac.delete(own);
  return [entry(port.mac, addresses), ...Array.from(byMac.values(), ({ mac, pairs }) => entry(mac, pairs))];
}

function entry(mac: Mac, addresses: readonly string[]): string {
  return [mac, ...new Set([linkLocalAddress(mac).toString(), ...addresses])].join(' ');
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
