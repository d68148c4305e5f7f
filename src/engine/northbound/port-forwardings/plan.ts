/** The rows of a floating IP's port forwardings. Pure. */
import { Address } from '../../../addressing/index.ts';
import type { PortForwardingRow } from '../../../resources/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { planCrossing } from '../floating-ip/index.ts';
import { forwardingName, routerRef } from '../names.ts';
import { columnsOf } from '../records/columns.ts';
import type { ForwardingsSource } from './read.ts';

/**
 * Forwardings of a protocol are a load balancer of the router that has one backend for each port, and answers for the
 * floating IP where its gateway is.
 * @throws PlanError
 */
export function planForwardings({ id, row, forwardings }: ForwardingsSource): PlannedRow[] {
  const address = columnsOf(row, 'floating IP', id)('floating_ip_address', (text) => Address.parse(text));
  const balancers = Array.from(
    Map.groupBy(forwardings, ({ forwarding }) => forwarding.protocol),
    ([protocol, rows]): PlannedRow => ({
      table: 'Load_Balancer',
      key: protocol,
      columns: {
        name: forwardingName(id, protocol),
        protocol,
        vips: Object.fromEntries(rows.flatMap(({ forwarding }) => endpointsOf(address, forwarding))),
      },
      memberOf: [routerRef(row.router_id ?? '')],
    }),
  );
  const crossings = forwardings.flatMap(({ forwarding, crossing }) =>
    planCrossing(row.router_id ?? '', crossing, {
      out: matchOf('src', forwarding),
      back: matchOf('dst', forwarding),
    }),
  );
  return [...balancers, ...crossings];
}

/** What comes from the ports inside, or goes there. */
function matchOf(side: 'src' | 'dst', row: PortForwardingRow): string {
  const { protocol, internal_port_start: first, internal_port_end: last } = row;
  const inside = Address.parse(row.internal_ip_address);
  const ports =
    first === last
      ? `${protocol}.${side} == ${first}`
      : `${protocol}.${side} >= ${first} && ${protocol}.${side} <= ${last}`;
  return `ip${inside.family}.${side} == ${inside} && ${ports}`;
}

/** From each port outside to the one inside: one by one, or all to the same. */
function endpointsOf(outside: Address, row: PortForwardingRow): [outer: string, inner: string][] {
  const inside = Address.parse(row.internal_ip_address);
  const count = row.external_port_end - row.external_port_start + 1;
  const isOne = row.internal_port_start === row.internal_port_end;
  return Array.from({ length: count }, (_, index) => [
    endpoint(outside, row.external_port_start + index),
    endpoint(inside, row.internal_port_start + (isOne ? 0 : index)),
  ]);
}

const endpoint = (address: Address, port: number): string =>
  address.family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
