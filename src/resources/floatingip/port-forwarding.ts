/** Port forwardings: what requests say of them, as rows and as answers; and which of them are at odds. Pure. */
import { errors } from '../../errors/index.ts';
import {
  type AttributeType,
  address,
  integer,
  nullable,
  object,
  oneOf,
  portRange,
  text,
  uuid,
} from '../definition/attribute-types.ts';
import type { Values } from '../repository.ts';
import type { PortForwardingRow } from '../tables.ts';
import { floatingIp } from './definition.ts';

/** Of all port forwardings of one floating IP: each port is an entry in every host's flows. */
const MOST_PORTS = 1_000;

const known = oneOf('tcp', 'udp');
const protocol: AttributeType<'tcp' | 'udp'> = {
  ...known,
  parse: (value, field) => known.parse(typeof value === 'string' ? value.toLowerCase() : value, field),
};
const port = nullable(integer(1, 65_535));

const members = {
  internal_ip_address: nullable(address),
  internal_port: port,
  internal_port_range: nullable(portRange),
  external_port: port,
  external_port_range: nullable(portRange),
  description: floatingIp.attributes.description.type,
};

export const forwardingRequest = object(
  { internal_port_id: uuid, protocol },
  // Whose it is, the floating IP says.
  { ...members, project_id: text(255), tenant_id: text(255) },
);
/** One as answers have it. */
export const forwardingAnswer = object(
  {
    ...{ id: uuid, internal_port_id: uuid, internal_ip_address: address, protocol: known },
    ...{ internal_port: port, internal_port_range: portRange },
    ...{ external_port: port, external_port_range: portRange },
    description: members.description,
  },
  {},
);
const creation = object({ port_forwarding: forwardingRequest }, {});
const change = object({ port_forwarding: object({}, { ...members, internal_port_id: uuid, protocol }) }, {});

/** What a request says, before it is known which address is meant. */
export type Forwarding = Omit<PortForwardingRow, 'id' | 'floatingip_id' | 'internal_ip_address'> & {
  readonly internal_ip_address: string | null;
};

type Side = 'internal' | 'external';
type Ports = Readonly<Record<`${Side}_port`, number | null> & Record<`${Side}_port_range`, string | null>>;

/**
 * The ports that are meant on one side, as a range; undefined for none.
 * @throws RequestError 400 when port and range are not the same
 */
function rangeOf(side: Side, wish: Partial<Ports>): { first: number; last: number } | undefined {
  const [attribute, of] = [`${side}_port`, wish[`${side}_port_range`]] as const;
  const single = wish[attribute];
  if (of == null) return single == null ? undefined : { first: single, last: single };
  const [first = 0, last = 0] = of.split(':').map(Number);
  if (single != null && (first !== single || last !== single))
    throw errors.portForwarding.portsDiffer({ attribute, port: single, range: of });
  return { first, last };
}

/**
 * Reads POST.
 * @throws RequestError 400
 */
export function forwardingIn(body: unknown): Forwarding {
  const wish = creation.parse(body, 'body').port_forwarding;
  const inside = rangeOf('internal', wish);
  const outside = rangeOf('external', wish);
  if (inside === undefined) throw errors.portForwarding.portsMissing({ attribute: 'internal_port' });
  if (outside === undefined) throw errors.portForwarding.portsMissing({ attribute: 'external_port' });
  return {
    internal_port_id: wish.internal_port_id,
    internal_ip_address: wish.internal_ip_address ?? null,
    protocol: wish.protocol,
    internal_port_start: inside.first,
    internal_port_end: inside.last,
    external_port_start: outside.first,
    external_port_end: outside.last,
    description: wish.description ?? '',
  };
}

/**
 * Reads PUT.
 * @returns what the port forwarding is to be; of another port without an address, that is open
 * @throws RequestError 400
 */
export function changedBy(body: unknown, current: PortForwardingRow): Forwarding {
  const wish = change.parse(body, 'body').port_forwarding;
  const inside = rangeOf('internal', wish);
  const outside = rangeOf('external', wish);
  const moves = wish.internal_port_id !== undefined && wish.internal_port_id !== current.internal_port_id;
  const kept = moves ? null : current.internal_ip_address;
  return {
    internal_port_id: wish.internal_port_id ?? current.internal_port_id,
    internal_ip_address: wish.internal_ip_address ?? kept,
    protocol: wish.protocol ?? current.protocol,
    internal_port_start: inside?.first ?? current.internal_port_start,
    internal_port_end: inside?.last ?? current.internal_port_end,
    external_port_start: outside?.first ?? current.external_port_start,
    external_port_end: outside?.last ?? current.external_port_end,
    description: wish.description ?? current.description,
  };
}

const lengthOf = (side: Side, row: Pick<PortForwardingRow, `${Side}_port_start` | `${Side}_port_end`>) =>
  row[`${side}_port_end`] - row[`${side}_port_start`] + 1;

const rangeText = (side: Side, row: Pick<PortForwardingRow, `${Side}_port_start` | `${Side}_port_end`>) =>
  `${row[`${side}_port_start`]}:${row[`${side}_port_end`]}`;

/**
 * Whether a port forwarding can be beside others.
 * @param others those of its floating IP, and those that lead to its port, without itself
 * @throws RequestError 400
 */
export function requireRoom(row: PortForwardingRow, others: readonly PortForwardingRow[]): void {
  const inside = lengthOf('internal', row);
  if (inside > 1 && inside !== lengthOf('external', row)) throw errors.portForwarding.relation();
  const ofSame = others.filter((other) => other.protocol === row.protocol);
  const toSame = ofSame.filter(
    (other) =>
      other.internal_port_id === row.internal_port_id &&
      other.internal_ip_address === row.internal_ip_address,
  );
  requireApart('internal', row, toSame);
  const siblings = others.filter(({ floatingip_id }) => floatingip_id === row.floatingip_id);
  requireApart(
    'external',
    row,
    siblings.filter((other) => other.protocol === row.protocol),
  );
  const count = [row, ...siblings].reduce((sum, one) => sum + lengthOf('external', one), 0);
  if (count > MOST_PORTS)
    throw errors.portForwarding.tooMany({ id: row.floatingip_id, count, maximum: MOST_PORTS });
}

function requireApart(side: Side, row: PortForwardingRow, others: readonly PortForwardingRow[]): void {
  const [start, end] = [`${side}_port_start`, `${side}_port_end`] as const;
  const other = others.find((one) => one[start] <= row[end] && row[start] <= one[end]);
  if (other === undefined) return;
  throw errors.portForwarding.collision({
    ...{ attribute: `${side}_port_range`, existing: rangeText(side, other), wished: rangeText(side, row) },
  });
}

/** A port forwarding as it is told; a range of several ports is no port. */
export const shownForwarding = (row: PortForwardingRow): Values => ({
  id: row.id,
  internal_port_id: row.internal_port_id,
  internal_ip_address: row.internal_ip_address,
  internal_port: singleOf('internal', row),
  internal_port_range: rangeText('internal', row),
  external_port: singleOf('external', row),
  external_port_range: rangeText('external', row),
  protocol: row.protocol,
  description: row.description,
});

const singleOf = (side: Side, row: PortForwardingRow): number | null =>
  lengthOf(side, row) === 1 ? row[`${side}_port_start`] : null;

/** One as it is told beside its floating IP. */
export const briefForwarding = (row: PortForwardingRow) => ({
  id: row.id,
  internal_port_id: row.internal_port_id,
  internal_ip_address: row.internal_ip_address,
  internal_port: singleOf('internal', row),
  external_port: singleOf('external', row),
  protocol: row.protocol,
});
