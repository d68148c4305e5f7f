/** IP protocols in security group rules: Neutron's names, the numbers of IANA's registry. */
import { errors } from '../../errors/index.ts';
import type { AttributeType } from '../definition/attribute-types.ts';

/** Number of each protocol name that Neutron knows. */
export const PROTOCOL_NUMBERS = {
  ip: 0,
  hopopt: 0,
  'ipv6-hopopt': 0,
  icmp: 1,
  igmp: 2,
  ipip: 4,
  tcp: 6,
  egp: 8,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  'ipv6-encap': 41,
  'ipv6-route': 43,
  'ipv6-frag': 44,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  icmpv6: 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  ospf: 89,
  pgm: 113,
  vrrp: 112,
  sctp: 132,
  udplite: 136,
} as const satisfies Record<string, number>;

const isProtocolName = (name: string): name is keyof typeof PROTOCOL_NUMBERS =>
  Object.hasOwn(PROTOCOL_NUMBERS, name);

/** The number of a protocol given by name or as a numeral. */
export const protocolNumber = (nameOrNumber: string): number =>
  isProtocolName(nameOrNumber) ? PROTOCOL_NUMBERS[nameOrNumber] : Number(nameOrNumber);

/** Names and numbers that make sense in IPv6 rules alone. */
export const IPV6_ONLY: ReadonlySet<string> = new Set([
  'ipv6-hopopt',
  'ipv6-encap',
  'ipv6-route',
  'ipv6-frag',
  'ipv6-icmp',
  'icmpv6',
  'ipv6-nonxt',
  'ipv6-opts',
  '41',
  '43',
  '44',
  '58',
  '59',
  '60',
]);

/** A protocol's name, or its number (0 to 255) as text. */
export const protocol: AttributeType<string, 'plain'> = {
  label: 'PROTOCOL',
  schema: { anyOf: [{ type: 'string' }, { type: 'integer', minimum: 0, maximum: 255 }] },
  storedAs: 'plain',
  parse(value, field) {
    const word = String(value).toLowerCase();
    if (typeof value === 'string' && isProtocolName(word)) return word;
    if (
      (typeof value === 'string' || typeof value === 'number') &&
      /^\d{1,3}$/.test(word) &&
      Number(word) <= 255
    ) {
      return String(Number(word));
    }
    throw errors.securityGroupRule.protocolUnknown({
      field,
      value: JSON.stringify(value),
      known: Object.keys(PROTOCOL_NUMBERS),
    });
  },
};
