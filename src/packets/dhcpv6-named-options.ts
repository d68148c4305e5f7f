/**
 * DHCPv6 options as text: by the names that Neutron's users know (those of dnsmasq) or by number, with a value that
 * reads like one.
 */

import { Address } from '../addressing/index.ts';
import { DHCPV6_OPTION, type Dhcpv6Option, encodeDhcpv6Options } from './dhcpv6-options.ts';
import { PacketError, Reader } from './wire.ts';

/** Names that options go by; several for some. */
const CODES = new Map<string, number>(
  Object.entries({
    'dns-server': DHCPV6_OPTION['dns-servers'],
    'dns-servers': DHCPV6_OPTION['dns-servers'],
    'domain-search': DHCPV6_OPTION['domain-search'],
    'sntp-server': DHCPV6_OPTION['sntp-servers'],
    'ntp-server': DHCPV6_OPTION['ntp-servers'],
    'bootfile-url': DHCPV6_OPTION['bootfile-url'],
    'bootfile-param': DHCPV6_OPTION['bootfile-parameters'],
    'information-refresh-time': DHCPV6_OPTION['information-refresh-time'],
    'sol-max-rt': DHCPV6_OPTION['sol-max-rt'],
    'inf-max-rt': DHCPV6_OPTION['inf-max-rt'],
    'vendor-opts': DHCPV6_OPTION['vendor-options'],
  }),
);

/**
 * Options of the exchange itself (RFC 8415 section 21), of relay agents, authentication and leases, and the client's
 * name: what the server says there follows from the port.
 */
const RESERVED = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 18, 19, 20, 25, 26, 37, 38, 39]);

/**
 * The option that a name and a value stand for.
 * @param name of Neutron, a number, or either with `option6:` before it
 * @param value addresses and names separated by commas, a number, text; `ENTERPRISE,CODE,VALUE` for a vendor's option;
 * for a code that has no name, text or octets (0x0102)
 * @throws PacketError with what is wrong and how it can be written
 */
export function namedDhcpv6Option(name: string, value: string): Dhcpv6Option {
  const code = codeOf(name);
  const items = value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0) throw new PacketError(`the DHCPv6 option ${name} has no value`);
  const option = optionOf(code, value, items);
  // What does not fit its field is found out here, not when the option is sent.
  encodeDhcpv6Options([option]);
  return option;
}

function codeOf(name: string): number {
  const plain = name.startsWith('option6:') ? name.slice('option6:'.length) : name;
  const code = /^\d{1,5}$/.test(plain) ? Number(plain) : CODES.get(plain);
  if (code === undefined || code === 0 || code > 0xffff) {
    throw new PacketError(
      `'${name}' is no DHCPv6 option: use ${[...CODES.keys()].join(', ')}, or an option's number`,
    );
  }
  if (RESERVED.has(code)) {
    throw new PacketError(`DHCPv6 option '${name}' belongs to the exchange itself: it cannot be set`);
  }
  return code;
}

function optionOf(code: number, value: string, items: readonly string[]): Dhcpv6Option {
  switch (code) {
    case DHCPV6_OPTION['dns-servers']:
      return { kind: 'dns-servers', servers: items.map(ipv6) };
    case DHCPV6_OPTION['sntp-servers']:
      return { kind: 'sntp-servers', servers: items.map(ipv6) };
    case DHCPV6_OPTION['ntp-servers']:
      return {
        kind: 'ntp-servers',
        servers: items.map((item) => (item.includes(':') ? ipv6(item) : item)),
      };
    case DHCPV6_OPTION['domain-search']:
      return { kind: 'domain-search', domains: items.map((item) => item.replace(/\.$/, '')) };
    case DHCPV6_OPTION['bootfile-url']:
      return { kind: 'bootfile-url', url: value };
    case DHCPV6_OPTION['bootfile-parameters']:
      return { kind: 'bootfile-parameters', parameters: items };
    case DHCPV6_OPTION['information-refresh-time']:
      return { kind: 'information-refresh-time', seconds: whole(value) };
    case DHCPV6_OPTION['sol-max-rt']:
      return { kind: 'sol-max-rt', seconds: whole(value) };
    case DHCPV6_OPTION['inf-max-rt']:
      return { kind: 'inf-max-rt', seconds: whole(value) };
    case DHCPV6_OPTION['vendor-options']: {
      const [enterprise = '', vendorCode = '', ...rest] = value.split(',');
      const options = [{ code: whole(vendorCode), data: textOrOctets(rest.join(',')) }];
      return { kind: 'vendor-options', enterprise: whole(enterprise), options };
    }
    default:
      return { kind: 'other', code, data: textOrOctets(value) };
  }
}

function ipv6(text: string): Address {
  const address = Address.tryParse(text);
  if (address?.family !== 6) throw new PacketError(`'${text}' is not an IPv6 address`);
  return address;
}

function whole(text: string): number {
  if (!/^\d{1,10}$/.test(text.trim())) throw new PacketError(`'${text}' is not a whole number`);
  return Number(text);
}

function textOrOctets(value: string): Uint8Array {
  const hex = /^0x((?:[0-9a-f]{2})+)$/i.exec(value)?.[1];
  if (hex !== undefined) return new Reader(Buffer.from(hex, 'hex'), 'octets').rest();
  return new TextEncoder().encode(value);
}
