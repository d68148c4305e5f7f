/** A router's external gateways as a list: which there are, in which order, and what they must be to each other. */
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { requireGatewayUnused } from '../floatingip/release.ts';
import { requireNothingTranslated } from '../nptv6-translation/translations.ts';
import { removePortWithId } from '../port/removal.ts';
import { sendRows } from '../repository.ts';
import type { RouterRow, Tx } from '../tables.ts';
import { MOST_GATEWAYS, type Router } from './definition.ts';
import { keepHosts, leaveHosts, placeGateways } from './gateway-hosts.ts';
import {
  attachGateway,
  checkGatewayPolicy,
  type GatewayInfo,
  isSameGateway,
  limitGateway,
} from './gateway-port.ts';
import { gatewaysByRouter, type RouterGateway } from './gateways.ts';
import { requireOneGateway } from './one-gateway.ts';
import { forgetDelegations } from './prefix-delegation/follow.ts';

/** The columns that hold the first gateway. */
export type GatewayColumns = Pick<RouterRow, 'external_network_id' | 'gateway_port_id' | 'enable_snat'>;

export const NO_GATEWAY: GatewayColumns = {
  external_network_id: null,
  gateway_port_id: null,
  enable_snat: 1,
};

/** A gateway that a router has, and what the API says of it. */
export interface HeldGateway extends RouterGateway {
  readonly info: GatewayInfo;
}

/** The gateways that a router has, the first first. */
export async function heldGateways(tx: Tx, current: Router): Promise<HeldGateway[]> {
  const gateways = (await gatewaysByRouter(tx.db, [current.id])).get(current.id) ?? [];
  return gateways.flatMap((gateway, index) => {
    const info = current.external_gateways[index];
    return info === undefined ? [] : { ...gateway, info };
  });
}

/** What a change of a router's gateways comes to. */
export interface GatewayChange {
  /** From now on, in their order. */
  readonly gateways: readonly RouterGateway[];
  readonly enableSnat: boolean;
}

/**
 * What `external_gateway_info` asks for: another first gateway, or none; then the next is the first.
 * @throws RequestError as `attachGateway`, and 409 when something needs the gateway as it is
 */
export async function changeFirst(
  tx: Tx,
  context: Context,
  current: Router,
  wish: Router['external_gateway_info'],
): Promise<GatewayChange> {
  const [first, ...rest] = await heldGateways(tx, current);
  const snat = first?.info.enable_snat ?? true;
  checkGatewayPolicy(context, wish, first?.info ?? null);
  if (wish === null) {
    if (first !== undefined) await dropGateways(tx, current, [first], rest);
    return { gateways: rest, enableSnat: rest.length === 0 || snat };
  }
  // What nobody asks for stays as somebody had it.
  if (first !== undefined && isSameGateway(first.info, wish)) {
    await limitGateway(tx, context, first, first.info, wish.qos_policy_id);
    return { gateways: [first, ...rest], enableSnat: wish.enable_snat ?? snat };
  }
  const replaced = await replace(tx, context, current, first, wish, rest);
  return { gateways: [replaced, ...rest], enableSnat: wish.enable_snat ?? true };
}

/** Gives a router a gateway in the place of another, if it has that. */
async function replace(
  tx: Tx,
  context: Context,
  current: Router,
  held: HeldGateway | undefined,
  wish: GatewayInfo,
  others: readonly RouterGateway[],
): Promise<RouterGateway> {
  const isThere = held !== undefined && held.networkId === wish.network_id;
  if (isThere) await removePortWithId(tx, held.portId);
  else if (held !== undefined) await dropGateways(tx, current, [held], others);
  const policy = wish.qos_policy_id === undefined ? held?.info.qos_policy_id : wish.qos_policy_id;
  const made = await attachGateway(tx, context, current, { ...wish, qos_policy_id: policy ?? null }, others);
  if (isThere) keepHosts(tx, held.portId, made.portId);
  return made;
}

/**
 * Takes gateways away.
 * @throws RequestError 409 when a floating IP or a translation needs one
 */
export async function dropGateways(
  tx: Tx,
  current: Router,
  gone: readonly RouterGateway[],
  kept: readonly RouterGateway[],
): Promise<void> {
  for (const { networkId } of gone)
    if (!kept.some((other) => other.networkId === networkId)) {
      await requireGatewayUnused(tx, current, networkId);
      await requireNothingTranslated(tx, current.id);
    }
  for (const { portId } of gone) {
    leaveHosts(tx, portId);
    await removePortWithId(tx, portId);
  }
}

/** What `add_external_gateways` asks for. @throws RequestError 409 for more than a router may have */
export async function addGateways(
  tx: Tx,
  context: Context,
  current: Router,
  wishes: readonly GatewayInfo[],
): Promise<GatewayChange> {
  const gateways: RouterGateway[] = await heldGateways(tx, current);
  const count = gateways.length + wishes.length;
  if (count > MOST_GATEWAYS)
    throw errors.router.tooManyGateways({ id: current.id, count, most: MOST_GATEWAYS });
  const enableSnat = snatOfAll(current, wishes);
  for (const wish of wishes) {
    checkGatewayPolicy(context, wish, null);
    gateways.push(await attachGateway(tx, context, current, wish, gateways));
  }
  return { gateways, enableSnat };
}

/** What `remove_external_gateways` asks for. @throws RequestError 400 for one that the router has not */
export async function removeGateways(
  tx: Tx,
  current: Router,
  wishes: readonly GatewayInfo[],
): Promise<GatewayChange> {
  const held = await heldGateways(tx, current);
  const gone = wishes.map((wish) => {
    const found = gatewayMeant(current, held, wish);
    if (found === undefined)
      throw errors.router.gatewayNotThere({ id: current.id, network: wish.network_id });
    return found;
  });
  const kept = held.filter((one) => !gone.includes(one));
  await dropGateways(tx, current, [...new Set(gone)], kept);
  return {
    gateways: kept,
    enableSnat: kept.length === 0 || current.external_gateway_info?.enable_snat === true,
  };
}

/** What `update_external_gateways` asks for: these gateways, in this order, and no others. */
export async function setGateways(
  tx: Tx,
  context: Context,
  current: Router,
  wishes: readonly GatewayInfo[],
): Promise<GatewayChange> {
  const held = await heldGateways(tx, current);
  const enableSnat = snatOfAll(current, wishes);
  const meant: (HeldGateway | undefined)[] = [];
  for (const wish of wishes) {
    const found = gatewayMeant(current, held, wish);
    // Whoever names one twice asks for two.
    meant.push(found !== undefined && meant.includes(found) ? undefined : found);
  }
  const kept = held.filter((one) => meant.includes(one));
  await dropGateways(
    tx,
    current,
    held.filter((one) => !kept.includes(one)),
    kept,
  );
  const there: RouterGateway[] = [...kept];
  const gateways: RouterGateway[] = [];
  for (const [index, wish] of wishes.entries()) {
    const one = meant[index];
    checkGatewayPolicy(context, wish, one?.info ?? null);
    if (one !== undefined && isSameGateway(one.info, wish)) {
      await limitGateway(tx, context, one, one.info, wish.qos_policy_id);
      gateways.push(one);
      continue;
    }
    const others = there.filter((other) => other !== one);
    const made = await replace(tx, context, current, one, wish, others);
    there.push(made);
    gateways.push(made);
  }
  return { gateways, enableSnat };
}

/**
 * The gateway of a router that a request means.
 * @throws RequestError 400 when several may be meant
 */
function gatewayMeant(
  { id }: Router,
  held: readonly HeldGateway[],
  wish: GatewayInfo,
): HeldGateway | undefined {
  const there = held.filter(({ networkId }) => networkId === wish.network_id);
  const addresses = wish.external_fixed_ips ?? [];
  if (addresses.length === 0) {
    if (there.length > 1) throw errors.router.gatewaysUnclear({ id, network: wish.network_id });
    return there[0];
  }
  return there.find(({ info }) =>
    addresses.some(({ subnet_id, ip_address }) =>
      (info.external_fixed_ips ?? []).some((own) =>
        ip_address === undefined ? own.subnet_id === subnet_id : own.ip_address === ip_address,
      ),
    ),
  );
}

/** @throws RequestError 400 when a gateway is to translate, and another is not */
function snatOfAll({ id, external_gateway_info: first }: Router, wishes: readonly GatewayInfo[]): boolean {
  const given = first?.enable_snat ?? wishes[0]?.enable_snat ?? true;
  const other = wishes.find(({ enable_snat: value = given }) => value !== given);
  if (other)
    throw errors.router.snatDiffers({ id, value: `${other.enable_snat}`, network: other.network_id });
  return given;
}

/**
 * Writes which gateways a router has from now on, and has hosts for them.
 * @returns columns of the router that are others
 * @throws RequestError 409 when what it does takes one gateway alone
 */
export async function writeGateways(
  tx: Tx,
  current: Router,
  { gateways, enableSnat }: GatewayChange,
): Promise<GatewayColumns> {
  const [first, ...further] = gateways;
  const columns: GatewayColumns =
    first === undefined
      ? NO_GATEWAY
      : {
          external_network_id: first.networkId,
          gateway_port_id: first.portId,
          enable_snat: enableSnat ? 1 : 0,
        };
  const before = (await gatewaysByRouter(tx.db, [current.id])).get(current.id) ?? [];
  tx.send(tx.db.updateTable('routers').set(columns).where('id', '=', current.id));
  if (portsOf(gateways) === portsOf(before)) return columns;
  tx.send(tx.db.deleteFrom('further_gateways').where('router_id', '=', current.id));
  sendRows(
    tx,
    'further_gateways',
    further.map(({ portId, networkId }, position) => ({
      ...{ port_id: portId, router_id: current.id, network_id: networkId },
      position,
    })),
  );
  if (gateways.length > 1) await requireOneGateway(tx.db, current);
  if (gateways.length > 0) await placeGateways(tx, current.id);
  if (first?.networkId !== current.external_gateway_info?.network_id) await forgetDelegations(tx, current.id);
  return columns;
}

const portsOf = (gateways: readonly RouterGateway[]): string => gateways.map(({ portId }) => portId).join();
