/**
 * Where a host speaks BGP on an external network: a network namespace with a device on the bridge of the physical
 * network, which has the addresses that the host was given there.
 *
 *     bgpd ── eth0 (namespace) ══ bgpHASH ─ bridge of the physical network, with the network's VLAN
 */
import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Address, Mac } from '../../addressing/index.ts';
import type { BgpOrder } from '../../host-contract/index.ts';
import {
  addAddress,
  createNamespace,
  deleteLink,
  deleteNamespace,
  findLink,
  inNamespace,
  kernelAddresses,
  NetlinkSocket,
  namespaceExists,
  removeAddress,
  setLink,
} from '../../linux/index.ts';
import { bridgesOf, OWN_DEVICE_MARK, type SwitchDatabase } from '../../switch/index.ts';
import { openPairedDevice } from '../paired-device.ts';

/** Which leg it is: it has the same names whenever it is asked for. */
export type LegName = Pick<BgpOrder, 'speaker_id' | 'network_id'>;

export const legHash = ({ speaker_id, network_id }: LegName): string =>
  hash('sha256', `${speaker_id} ${network_id}`).slice(0, 10);

const DEVICE = 'eth0';
/** Names of devices have at most 15 characters. */
const OUTER_PREFIX = 'bgp';

/** Neither routers' advertisements nor anything else decides what it does; it passes nothing on. */
const SETTINGS = {
  'ipv6/conf/default/accept_ra': '0',
  'ipv6/conf/default/accept_dad': '0',
  'ipv6/conf/all/forwarding': '0',
  'ipv4/ip_forward': '0',
};

export interface LegSurroundings {
  readonly database: SwitchDatabase;
  /** Network namespace of the switch; null is the process's own. */
  readonly switchNamespace: string | null;
}

/** Makes a leg, or puts right what differs from one that is there. */
export async function openLeg(
  { database, switchNamespace }: LegSurroundings,
  namespace: string,
  bridge: string,
  order: BgpOrder,
): Promise<void> {
  const name = `${OUTER_PREFIX}${legHash(order)}`;
  const mac = Mac.parse(order.mac);
  const { mtu, vlan } = order;
  if (!namespaceExists(namespace)) createNamespace(namespace);
  inNamespace(namespace, () => {
    for (const [path, value] of Object.entries(SETTINGS)) writeFileSync(`/proc/sys/net/${path}`, value);
  });
  using inner = new NetlinkSocket(namespace);
  setLink(inner, findLink(inner, 'lo')!.index, { up: true });
  const pair = { outside: name, inside: DEVICE, namespace, mac, mtu };
  const index = openPairedDevice(database, switchNamespace, pair);
  giveAddresses(namespace, index, order.addresses);
  await database.change((transaction) =>
    database.putPort(
      transaction,
      bridge,
      name,
      { external_ids: { [OWN_DEVICE_MARK]: order.speaker_id } },
      vlan ?? undefined,
    ),
  );
}

/** @param wanted each with the length of its subnet's prefix */
function giveAddresses(namespace: string, device: number, wanted: readonly string[]): void {
  const had = kernelAddresses(namespace).filter((one) => one.device === device && !one.address.isLinkLocal);
  const written = ({ address, prefixLength }: (typeof had)[number]) => `${address}/${prefixLength}`;
  for (const one of had)
    if (!wanted.includes(written(one))) removeAddress(namespace, device, one.address, one.prefixLength);
  for (const text of wanted) {
    if (had.some((one) => written(one) === text)) continue;
    const [address = '', length = ''] = text.split('/');
    addAddress(namespace, device, Address.parse(address), Number(length));
  }
}

/** The legs that a switch has devices of, by hash: also those of before the machine was started. */
export const legsIn = (database: Pick<SwitchDatabase, 'setting' | 'interfacesOn'>): string[] =>
  [...new Set(bridgesOf(database).values())]
    .flatMap((bridge) => database.interfacesOn(bridge))
    .filter(({ name, external_ids: ids }) => name.startsWith(OUTER_PREFIX) && ids.has(OWN_DEVICE_MARK))
    .map(({ name }) => name.slice(OUTER_PREFIX.length));

/** Takes a leg away; nothing happens where there is none. */
export async function closeLeg(
  { database, switchNamespace }: LegSurroundings,
  namespace: string,
  name: string,
): Promise<void> {
  const device = `${OUTER_PREFIX}${name}`;
  await database.change((transaction) => database.removePort(transaction, device));
  using outer = new NetlinkSocket(switchNamespace);
  deleteLink(outer, device);
  deleteNamespace(namespace);
}
