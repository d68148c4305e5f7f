/** What routers and multicast queriers say, and an instance that is neither must not; RAs and redirects apart. */

import { Address, linkLocalAddress } from '../../../addressing/index.ts';
import {
  ALL_NODES,
  BROADCAST_MAC,
  type ExtensionHeader,
  type Frame,
  frame,
  icmpv6,
  ipv4,
  ipv6,
  multicastMac,
} from '../../../packets/index.ts';
import type { Attacks } from './attacks.ts';
import type { Station } from './spoofed-frames.ts';

/** RFC 2711: as MLD has it (RFC 2710 section 3). */
const routerAlert: ExtensionHeader = { kind: 'hop-by-hop', options: [{ type: 5, data: new Uint8Array(2) }] };
/** All-Snoopers (RFC 4286 section 7). */
const ALL_SNOOPERS = Address.parse('ff02::6a');
const BROADCAST = Address.parse('255.255.255.255');

const MLD_QUERY = 130;
/** Octets that follow the checksum of a query. */
const QUERY_LENGTH = { 'MLD version 1': 20, 'MLD version 2': 24 } as const;

/** By their kind, to all nodes or to one. */
export function routerMessages({ mac, address4 }: Station, to: Station): Attacks {
  const own = linkLocalAddress(mac);
  const message = (type: number, length: number, group = ALL_NODES, hopLimit = 255): Frame => {
    const body = new Uint8Array(length);
    return frame(
      mac,
      multicastMac(group),
      ipv6(own, group, icmpv6({ kind: 'other', type, code: 0, body }), {
        hopLimit,
        extensions: hopLimit === 1 ? [routerAlert] : [],
      }),
    );
  };
  const message4 = (type: number, body: Uint8Array, all: boolean): Frame => {
    const upper = { kind: 'icmpv4', message: { kind: 'other', type, code: 1, body } } as const;
    return frame(mac, all ? BROADCAST_MAC : to.mac, ipv4(address4, all ? BROADCAST : to.address4, upper));
  };
  return {
    'multicast listener queries': Object.entries(QUERY_LENGTH).map(([what, length]) => ({
      what,
      frames: [message(MLD_QUERY, length, ALL_NODES, 1)],
    })),
    'other messages of routers': [
      { what: 'router renumbering', frames: [message(138, 12)] },
      { what: 'an inverse solicitation and advertisement', frames: [message(141, 20), message(142, 20)] },
      { what: 'a multicast router advertisement', frames: [message(151, 4, ALL_SNOOPERS, 1)] },
      { what: 'a multicast router solicitation', frames: [message(152, 0, ALL_NODES, 1)] },
      { what: 'a multicast router termination', frames: [message(153, 0, ALL_SNOOPERS, 1)] },
    ],
    'ICMPv4 of routers': [
      { what: 'a redirect', frames: [message4(5, new Uint8Array(32), false)] },
      { what: 'a router advertisement', frames: [message4(9, new Uint8Array(12), true)] },
    ],
  };
}
