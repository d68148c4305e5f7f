/** Lines of ovn-controller's log about packets that met a logged ACL. Pure. */

/** A packet that met a logged ACL. */
import type { LoggedEvent } from '../../resources/index.ts';
export interface LoggedPacket {
  /** ISO 8601, UTC, in milliseconds. */
  readonly time: string;
  /** The ACL's name. */
  readonly acl: string;
  readonly verdict: LoggedEvent;
  /** As seen from the port. */
  readonly direction: 'ingress' | 'egress';
  /** MAC address of the port's side: of the packet's destination when it comes in. May be a multicast address. */
  readonly mac: string;
  /** Name of the protocol, or its number. */
  readonly protocol: string;
  readonly source: string;
  readonly destination: string;
  readonly source_port?: number;
  readonly destination_port?: number;
  readonly icmp_type?: number;
  readonly icmp_code?: number;
}

const LINE_PATTERN =
  /^(\S+Z)\|\d+\|acl_log(?:\([^)]*\))?\|[A-Z]+\|name="([^"]*)", verdict=(allow|drop|reject), severity=\w+, direction=(from|to)-lport: (.*)$/;

/** What OVS calls the protocols that it knows the ports or types of. */
const PROTOCOLS = new Map([
  ['tcp', 'tcp'],
  ['tcp6', 'tcp'],
  ['udp', 'udp'],
  ['udp6', 'udp'],
  ['sctp', 'sctp'],
  ['sctp6', 'sctp'],
  ['icmp', 'icmp'],
  ['icmp6', 'ipv6-icmp'],
]);

/** @returns undefined for lines about something else */
export function parseAclLogLine(line: string): LoggedPacket | undefined {
  const [, time, acl, verdict, lport, flow] = LINE_PATTERN.exec(line) ?? [];
  if (time === undefined || acl === undefined || flow === undefined) return undefined;
  const fields = new Map(
    flow.split(',').map((part): [string, string] => {
      const equals = part.indexOf('=');
      return equals < 0 ? ['protocol', part] : [part.slice(0, equals), part.slice(equals + 1)];
    }),
  );
  const source = fields.get('ipv6_src') ?? fields.get('nw_src');
  const destination = fields.get('ipv6_dst') ?? fields.get('nw_dst');
  const mac = fields.get(lport === 'to' ? 'dl_dst' : 'dl_src');
  if (!source || !destination || !mac) return undefined; // absent, or the line ends there
  const number = <K extends string>(key: K, field: string): { readonly [P in K]?: number } => {
    const value = fields.get(field);
    return value === undefined ? {} : ({ [key]: Number(value) } as { readonly [P in K]: number });
  };
  return {
    time,
    acl,
    verdict: verdict === 'allow' ? 'ACCEPT' : 'DROP',
    direction: lport === 'to' ? 'ingress' : 'egress',
    mac,
    protocol: PROTOCOLS.get(fields.get('protocol') ?? '') ?? fields.get('nw_proto') ?? '',
    source,
    destination,
    ...number('source_port', 'tp_src'),
    ...number('destination_port', 'tp_dst'),
    ...number('icmp_type', 'icmp_type'),
    ...number('icmp_code', 'icmp_code'),
  };
}
